//! Serves requests and runs jobs until the process is asked to stop, then lets what runs finish.

mod connection;
mod entrance;
mod in_flight;
mod jobs;
mod listener;
mod metrics;
mod sending;
mod table;
#[cfg(test)]
mod tests;
mod worker;

use std::{sync::Arc, time::Duration};

use axum::Router;
use futures_util::FutureExt;
use loco_rs::{Result, app::AppContext, boot::ServeParams};
use tokio::{net::TcpListener, time::timeout};

use crate::{controllers::health::Draining, settings::Settings, traces::Traces, typesetting::Typesetter};

pub use connection::Limits;
pub use jobs::{LocoRunsJobs, refuse_jobs_on_another_schema};
pub use listener::{Outcome, serve};
pub use worker::{accompany, hurry};

/// What `cargo loco start` does once everything is wired.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn run(app: Router, ctx: &AppContext, params: &ServeParams) -> Result<()> {
    let settings =
        ctx.shared_store.get::<Arc<Settings>>().ok_or_else(|| loco_rs::Error::string("the settings are missing"))?;
    let address = format!("{}:{}", params.binding, params.port);
    let listener = TcpListener::bind(&address).await.map_err(|error| {
        loco_rs::Error::Message(format!(
            "{address} cannot be listened on ({error}): set BINDING and PORT to a free address"
        ))
    })?;
    let metrics = metrics::start(ctx, &settings.metrics).await?;
    let mut stop = Box::pin(stop_signal());
    // Asked once, it listens: a signal that comes as soon as we say that we serve finds somebody.
    let _ = (&mut stop).now_or_never();
    tracing::info!(event = "started", address, "serving");
    let jobs = jobs::start(ctx).await?;
    let draining = ctx.shared_store.get::<Draining>().unwrap_or_default();
    let limits = Limits::new(settings.as_ref());
    let outcome = serve(listener, app, limits, stop, || draining.begin(), loco_rs::boot::shutdown_signal()).await;
    // Jobs and requests share one grace; what the requests left of it is the jobs'.
    let left =
        if outcome.hurried { Duration::ZERO } else { settings.shutdown_grace().saturating_sub(outcome.drained_in) };
    end(ctx, jobs, left.max(Duration::from_millis(100))).await;
    metrics.stop().await;
    if let Some(traces) = ctx.shared_store.get::<Traces>() {
        let _ = tokio::task::spawn_blocking(move || traces.close()).await;
    }
    tracing::info!(event = "shutdown_complete", cut_off = outcome.cut_off, "stopped");
    Ok(())
}

/// A termination from outside or Ctrl-C.
async fn stop_signal() {
    loco_rs::boot::shutdown_signal().await;
    tracing::info!(event = "shutdown", "asked to stop: finishing what runs");
}

async fn end(ctx: &AppContext, jobs: jobs::Jobs, grace: Duration) {
    let stopped = tokio::select! {
        stopped = timeout(grace, jobs.stop(ctx)) => stopped.is_ok(),
        // Asked again: whoever asks does not want to wait for a job either.
        () = loco_rs::boot::shutdown_signal() => false,
    };
    if !stopped {
        tracing::warn!("a job still runs: it starts again when its lease has run out");
    }
    if let Some(typesetter) = ctx.shared_store.get::<Typesetter>() {
        typesetter.shutdown();
    }
    if let Err(error) = ctx.db.close_by_ref().await {
        tracing::warn!(%error, "the database could not be closed");
    }
}
