//! Serves Prometheus metrics and the health of worker processes on an internal port.

mod registry;
mod text_format;

use std::{future::pending, io::ErrorKind, sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use http_server::{ConnectionLimits, LingerLimits, ServeOutcome};
use loco_rs::{Error, Result, app::AppContext};
use prometheus_client::registry::Registry;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    controllers::{api::health::health, state::AppState},
    errors::{AppError, AppResult},
    services::Services,
    views::content_negotiation::quality,
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
    linger: LingerLimits::DEFAULT,
};
const OPENMETRICS: HeaderValue = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
const TEXT_FORMAT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Listener that serves metrics.
pub struct Metrics(Option<(CancellationToken, JoinHandle<ServeOutcome>)>);

/// Starts the listener for metrics if the settings enable metrics and this process has no such listener yet.
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
    prometheus_client::encoding::text::encode(&mut text, registry).map_err(AppError::internal)?;
    let (content_type, text) = if prefers_openmetrics(headers) {
        (OPENMETRICS, text)
    } else {
        (TEXT_FORMAT, text_format::from_openmetrics(&text))
    };
    let no_store = HeaderValue::from_static("no-store");
    Ok(([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, no_store)], text).into_response())
}

/// Returns whether the client accepts OpenMetrics and does not prefer the Prometheus text format.
fn prefers_openmetrics(headers: &HeaderMap) -> bool {
    let weight = quality(headers, &header::ACCEPT, "application/openmetrics-text");
    weight > 0.0 && weight >= quality(headers, &header::ACCEPT, "text/plain")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openmetrics_is_selected_by_the_weights_of_the_accept_header() {
        let table = [
            ("", false),
            ("*/*", false),
            ("text/plain", false),
            ("application/openmetrics-text", true),
            ("application/openmetrics-text;q=0", false),
            ("application/openmetrics-text;q=0.5,text/plain;version=0.0.4;q=0.6", false),
            ("application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", true),
            ("text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.2", false),
        ];
        for (accept, expected) in table {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_str(accept).unwrap())]);
            assert_eq!(prefers_openmetrics(&headers), expected, "{accept}");
        }
        assert!(!prefers_openmetrics(&HeaderMap::new()));
    }
}
