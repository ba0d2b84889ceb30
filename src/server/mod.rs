//! Serves requests and runs jobs until a shutdown is requested. Then waits for running requests and jobs.

mod background_tasks;
pub mod boot_signals;
mod metrics;
mod worker_process;

use std::time::Duration;

use axum::Router;
use futures_util::FutureExt;
use http_server::{ConnectionLimits, LingerLimits, serve};
use loco_rs::{Result, app::AppContext, boot::ServeParams};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;

use self::background_tasks::BackgroundTasks;
use crate::{client_address::limit_key, services::Services, settings::Settings};

pub use background_tasks::check_migrations;
pub use worker_process::{force_shutdown, start_worker_services};

/// Maximum time for request headers to arrive, and maximum idle time of a connection between requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum time without progress of a request body or of a response.
const STALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Minimum idle time after which a connection may be closed to admit a waiting connection.
const MIN_IDLE: Duration = Duration::from_secs(1);

/// Serves requests until a shutdown is requested. `cargo loco start` calls this function at the end of its boot.
///
/// # Errors
/// Returns an error if the server cannot listen on the address.
pub async fn run(app: Router, ctx: &AppContext, params: &ServeParams) -> Result<()> {
    let services = Services::of(ctx);
    let settings = &services.settings;
    let address = format!("{}:{}", params.binding, params.port);
    let listener = TcpListener::bind(&address).await.map_err(|error| {
        let reason = format!("{address} cannot be listened on ({error}): set BINDING and PORT to a free address");
        loco_rs::Error::Message(reason)
    })?;
    let metrics = metrics::start(ctx, &services).await?;
    let mut stop = Box::pin(stop_signal(services.process.shutdown_requested()));
    // Polls once to install the signal handler, because a signal may arrive right after the log line `serving`.
    let _ = (&mut stop).now_or_never();
    boot_signals::hand_over();
    tracing::info!(event = "started", address, "serving");
    let tasks = background_tasks::start(ctx, &services).await?;
    let on_stop = || services.health.begin_shutdown();
    let forced = loco_rs::boot::shutdown_signal();
    let outcome = serve(listener, app, connection_limits(settings), stop, on_stop, forced).await;
    // Jobs get the remaining grace period, because requests and jobs share one grace period.
    let left =
        if outcome.forced { Duration::ZERO } else { settings.shutdown_grace().saturating_sub(outcome.drained_in) };
    end(ctx, &services, tasks, left.max(Duration::from_millis(100))).await;
    metrics.stop().await;
    if let Some(traces) = services.traces.clone() {
        let _ = tokio::task::spawn_blocking(move || traces.close()).await;
    }
    tracing::info!(event = "shutdown_complete", cut_off = outcome.aborted, "stopped");
    Ok(())
}

fn connection_limits(settings: &Settings) -> ConnectionLimits {
    ConnectionLimits {
        connections: settings.serving.max_connections,
        per_client: settings.serving.max_connections_per_address,
        client_key: limit_key,
        trusted: settings.trusted_networks(),
        min_idle: MIN_IDLE,
        grace: settings.shutdown_grace(),
        header_timeout: HEADER_TIMEOUT,
        stall_timeout: STALL_TIMEOUT,
        linger: LingerLimits::DEFAULT,
    }
}

/// Resolves on SIGTERM or Ctrl-C. Cancels `received`, because `worker_process::listen` would otherwise repeat the
/// signal if this process also runs a worker.
async fn stop_signal(received: CancellationToken) {
    loco_rs::boot::shutdown_signal().await;
    received.cancel();
    tracing::info!(event = "shutdown", "shutdown requested: finishing running requests and jobs");
}

/// Stops the background tasks and the typesetter, and closes the database.
async fn end(ctx: &AppContext, services: &Services, tasks: BackgroundTasks, grace: Duration) {
    let stopped = tokio::select! {
        stopped = timeout(grace, tasks.stop(ctx, services)) => stopped.is_ok(),
        // A second signal ends the wait.
        () = loco_rs::boot::shutdown_signal() => false,
    };
    if !stopped {
        tracing::warn!("a job is still running: it starts again when its lease expires");
    }
    services.typesetter.shutdown();
    if let Err(error) = services.db.close().await {
        tracing::warn!(%error, "closing the database failed");
    }
}
