//! Serves Prometheus metrics and the health of worker processes on an internal port.

mod registry;

use std::{future::pending, io::ErrorKind, sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};
use http_server::{ConnectionLimits, ServeOutcome};
use loco_rs::{Error, Result, app::AppContext};
use prometheus_client::registry::Registry;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    controllers::{api::health::health, state::AppState},
    errors::AppResult,
    services::Services,
};

/// Connection limits for one metrics collector and a few operators.
const LIMITS: ConnectionLimits = ConnectionLimits {
    connections: 16,
    per_client: 16,
    client_key: |address| address,
    trusted: Vec::new(),
    min_idle: Duration::from_secs(1),
    grace: Duration::ZERO,
    header_timeout: Duration::from_secs(5),
    stall_timeout: Duration::from_secs(5),
};
/// Format for clients whose `Accept` header contains this media type. Other clients get the Prometheus text format.
const OPENMETRICS: &str = "application/openmetrics-text";

/// Listener that serves metrics.
pub struct Metrics(Option<(CancellationToken, JoinHandle<ServeOutcome>)>);

/// Starts to serve metrics if the settings enable them.
///
/// # Errors
/// Returns an error if the listener cannot use the address. An address that is already in use is only logged.
pub async fn start(ctx: &AppContext, services: &Services) -> Result<Metrics> {
    if !services.settings.metrics.enabled || !services.process.claim_metrics() {
        return Ok(Metrics(None));
    }
    let binding = &services.settings.metrics.binding;
    let listener = match TcpListener::bind(binding).await {
        Ok(listener) => listener,
        // Continues without metrics, because a second process on one machine may use the port.
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            tracing::warn!("metrics are not served: {binding} is in use; set METRICS_BINDING to a free address");
            return Ok(Metrics(None));
        }
        Err(error) => {
            let reason =
                format!("{binding} cannot be listened on ({error}): set METRICS_BINDING to an address of this machine");
            return Err(Error::Message(reason));
        }
    };
    tracing::info!(event = "metrics", address = %listener.local_addr()?, "serving metrics");
    Ok(Metrics(Some(serve(listener, router(ctx, services)))))
}

#[expect(clippy::disallowed_methods, reason = "second listener, which stops with the server")]
fn serve(listener: TcpListener, router: Router) -> (CancellationToken, JoinHandle<ServeOutcome>) {
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    let task = tokio::spawn(http_server::serve(listener, router, LIMITS, stopped, || (), pending()));
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

fn router(ctx: &AppContext, services: &Services) -> Router {
    let registry = Arc::new(registry::build(services));
    Router::new()
        .route("/metrics", get(async move |headers: HeaderMap| encoded(&registry, &headers)))
        .route("/health", get(health).with_state(AppState::new(ctx)))
}

fn encoded(registry: &Registry, headers: &HeaderMap) -> AppResult<Response> {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, registry).map_err(crate::errors::AppError::internal)?;
    let accepted = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let content_type = if accepted.contains(OPENMETRICS) {
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    } else {
        "text/plain; version=0.0.4; charset=utf-8"
    };
    Ok(([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-store")], text).into_response())
}
