//! Writes one line for each request and counts it, also one whose client left before the answer.

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
        http_metrics::{Traffic, known},
        trace_export::Traces,
    },
};

/// The status that stands in the line of a request whose client left (nginx's own number for it).
const CLIENT_LEFT: u16 = 499;

/// Who signed in, for the line: filled by the extractor that knows.
#[derive(Debug, Clone, Default)]
pub struct SignedIn(Arc<OnceLock<Uuid>>);

impl SignedIn {
    /// Says who it is; the first to say so counts.
    pub fn set(&self, user: Uuid) {
        let _ = self.0.set(user);
    }
}

/// Who else is told of each request.
#[derive(Clone, Default)]
pub struct Observers {
    pub traffic: Option<Traffic>,
    pub traces: Option<Traces>,
}

/// Times a request and writes its line when it is over.
pub async fn write<F>(observers: Observers, mut request: Request, inner: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let signed_in = SignedIn::default();
    request.extensions_mut().insert(signed_in.clone());
    let line = Line::begin(&request, signed_in, observers);
    let response = inner(request).await;
    line.end(&response);
    response
}

/// Bytes of the body, where they are known before it is sent.
fn length(response: &Response) -> Option<u64> {
    let declared = || response.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok();
    response.body().size_hint().exact().or_else(declared)
}

/// A line not yet written; dropped unwritten, it says that the client left.
struct Line {
    begun: Instant,
    method: Method,
    route: Option<MatchedPath>,
    address: Option<ClientAddress>,
    signed_in: SignedIn,
    observers: Observers,
    open: bool,
}

impl Line {
    fn begin(request: &Request, signed_in: SignedIn, observers: Observers) -> Self {
        Self {
            begun: Instant::now(),
            method: request.method().clone(),
            route: request.extensions().get().cloned(),
            address: request.extensions().get().copied(),
            signed_in,
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
        if let Some(traffic) = &self.observers.traffic {
            traffic.count(&self.method, route, status.as_u16(), took);
        }
        if let Some(traces) = &self.observers.traces {
            traces.request(known(&self.method), route, status.as_u16(), took);
        }
        // A macro, for a level must be known where a line is written.
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
                    user_id = self.signed_in.0.get().map(tracing::field::display),
                    "request answered"
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

impl Drop for Line {
    fn drop(&mut self) {
        if let (true, Ok(left)) = (self.open, StatusCode::from_u16(CLIENT_LEFT)) {
            self.emit(left, None, None);
        }
    }
}
