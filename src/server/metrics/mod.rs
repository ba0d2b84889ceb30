//! Serves the service's numbers to Prometheus, and its health to whoever watches a process that only
//! runs jobs, on a port of their own that no proxy leads to.

mod series;

use std::{future::pending, io::ErrorKind, sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};
use loco_rs::{Error, Result, app::AppContext};
use prometheus_client::registry::Registry;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{connection::Limits, listener};
use crate::{
    controllers::{Shared, health::health},
    errors::AppResult,
    settings,
};

/// Whoever collects comes alone; a few more may look.
const LIMITS: Limits = Limits {
    connections: 16,
    per_address: 16,
    trusted: Vec::new(),
    silence: Duration::from_secs(1),
    grace: Duration::ZERO,
    headers: Duration::from_secs(5),
    stall: Duration::from_secs(5),
};
/// The form asked for by those that know it; to others it reads as the form before it.
const OPENMETRICS: &str = "application/openmetrics-text";

/// Marks a context that has its listener.
struct Started;

/// The listener; ends when it is told to.
pub struct Metrics(Option<(CancellationToken, JoinHandle<listener::Outcome>)>);

/// Starts to serve them, if that is asked for.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn start(ctx: &AppContext, settings: &settings::Metrics) -> Result<Metrics> {
    if !settings.enabled || ctx.shared_store.contains::<Started>() {
        return Ok(Metrics(None));
    }
    let binding = &settings.binding;
    let listener = match TcpListener::bind(binding).await {
        Ok(listener) => listener,
        // A second process on one machine: its numbers are no reason not to serve.
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            tracing::warn!("metrics are not served: {binding} is taken; set METRICS_BINDING to a free address");
            return Ok(Metrics(None));
        }
        Err(error) => {
            let reason =
                format!("{binding} cannot be listened on ({error}): set METRICS_BINDING to an address of this machine");
            return Err(Error::Message(reason));
        }
    };
    ctx.shared_store.insert(Started);
    tracing::info!(event = "metrics", address = %listener.local_addr()?, "serving metrics");
    Ok(Metrics(Some(serve(listener, router(ctx)))))
}

#[expect(clippy::disallowed_methods, reason = "a listener beside the server's, ended with it")]
fn serve(listener: TcpListener, router: Router) -> (CancellationToken, JoinHandle<listener::Outcome>) {
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    let task = tokio::spawn(listener::serve(listener, router, LIMITS, stopped, || (), pending()));
    (stop, task)
}

impl Metrics {
    /// Closes the port.
    pub async fn stop(self) {
        let Some((stop, task)) = self.0 else { return };
        stop.cancel();
        let _ = task.await;
    }
}

fn router(ctx: &AppContext) -> Router {
    let registry = Arc::new(series::all(ctx));
    Router::new()
        .route("/metrics", get(async move |headers: HeaderMap| shown(&registry, &headers)))
        .route("/health", get(health).with_state(Shared::from(ctx)))
}

fn shown(registry: &Registry, headers: &HeaderMap) -> AppResult<Response> {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, registry).map_err(crate::errors::AppError::internal)?;
    let accepted = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let form = if accepted.contains(OPENMETRICS) {
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    } else {
        "text/plain; version=0.0.4; charset=utf-8"
    };
    Ok(([(header::CONTENT_TYPE, form), (header::CACHE_CONTROL, "no-store")], text).into_response())
}
