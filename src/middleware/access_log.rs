//! Logs one line per request and counts the request, even if the client disconnects before a handler returns the
//! response.

use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use axum::{
    body::HttpBody,
    extract::{MatchedPath, Request},
    http::{Method, StatusCode, header},
    response::Response,
};
use uuid::Uuid;

use super::request_id::ClientAddress;
use crate::{
    errors::AppError,
    telemetry::{
        http_metrics::{HttpMetrics, known},
        trace_export::TraceExporter,
    },
};

/// Logged status of a request whose client disconnected before a handler returned the response. nginx logs the same
/// status.
const CLIENT_DISCONNECTED: u16 = 499;

/// Authenticated user of a request. An extractor sets the user.
#[derive(Debug, Clone, Default)]
pub struct LoggedUser(Arc<OnceLock<Uuid>>);

impl LoggedUser {
    /// Sets the user. Calls after the first call have no effect.
    pub fn set(&self, user: Uuid) {
        let _ = self.0.set(user);
    }
}

/// Metrics and traces that record each request.
#[derive(Clone, Default)]
pub struct RequestObservers {
    pub metrics: Option<HttpMetrics>,
    pub traces: Option<TraceExporter>,
}

/// Handles a request. Logs one line when the request ends.
pub async fn write<F>(observers: RequestObservers, mut request: Request, inner: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let user = LoggedUser::default();
    request.extensions_mut().insert(user.clone());
    let entry = AccessLogEntry::begin(&request, user, observers);
    let response = inner(request).await;
    entry.end(&response);
    response
}

/// Returns the size of the response body in bytes, or `None` if the size is not known in advance.
fn length(response: &Response) -> Option<u64> {
    let declared = || response.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok();
    response.body().size_hint().exact().or_else(declared)
}

/// Access-log line that is not logged yet. If the line is dropped before `end`, the client has disconnected, and the
/// line is logged with status 499.
struct AccessLogEntry {
    begun: Instant,
    method: Method,
    route: Option<MatchedPath>,
    address: Option<ClientAddress>,
    user: LoggedUser,
    observers: RequestObservers,
    open: bool,
}

impl AccessLogEntry {
    fn begin(request: &Request, user: LoggedUser, observers: RequestObservers) -> Self {
        Self {
            begun: Instant::now(),
            method: request.method().clone(),
            route: request.extensions().get().cloned(),
            address: request.extensions().get().copied(),
            user,
            observers,
            open: true,
        }
    }

    fn end(mut self, response: &Response) {
        self.open = false;
        let error = response.extensions().get::<Arc<AppError>>().map(AsRef::as_ref);
        self.emit(response.status(), error, length(response));
    }

    fn emit(&self, status: StatusCode, error: Option<&AppError>, bytes: Option<u64>) {
        let route = self.route.as_ref().map(MatchedPath::as_str);
        let took = self.begun.elapsed();
        if let Some(metrics) = &self.observers.metrics {
            metrics.count(&self.method, route, status.as_u16(), took);
        }
        if let Some(traces) = &self.observers.traces {
            traces.request(known(&self.method), route, status.as_u16(), took);
        }
        // Uses a macro, because `tracing` requires a constant level.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    event = "request",
                    route,
                    status = status.as_u16(),
                    error_code = error.map(|error| error.code.name()),
                    security_event = error.and_then(|error| error.event),
                    duration_ms = took.as_secs_f64() * 1000.0,
                    bytes,
                    client_ip = self.address.map(|address| tracing::field::display(address.0)),
                    user_id = self.user.0.get().map(tracing::field::display),
                    "request completed"
                )
            };
        }
        match status.as_u16() {
            500.. => line!(error),
            400..=499 => line!(warn),
            _ => line!(info),
        }
    }
}

impl Drop for AccessLogEntry {
    fn drop(&mut self) {
        if let (true, Ok(status)) = (self.open, StatusCode::from_u16(CLIENT_DISCONNECTED)) {
            self.emit(status, None, None);
        }
    }
}
