//! The id that joins everything one request causes: its answer, its log lines, its jobs.
//!
//! Lines get it from their span, which also reaches statements that run on a database's own thread;
//! code that builds an answer gets it from the task.

use std::fmt;

use tracing::{Span, error_span};
use uuid::Uuid;

/// The target of the spans that carry ids; no log level switches it off.
pub const SPAN_TARGET: &str = "correlation";

/// Bytes of a path that a line carries at most.
const PATH_BYTES: usize = 2048;

tokio::task_local! {
    /// The id of the request that the running task serves.
    pub static REQUEST_ID: RequestId;
}

/// A version 7 UUID (RFC 9562 section 5.7) that this server made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(Uuid);

impl RequestId {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id as it is stored with what a request has ordered.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for RequestId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The id of the request that the running task serves, if it serves one.
#[must_use]
pub fn current() -> Option<RequestId> {
    REQUEST_ID.try_with(|id| *id).ok()
}

/// The span of a request. The path is without its query, which may hold a token.
#[must_use]
pub fn request_span(id: RequestId, method: &str, path: &str) -> Span {
    let end = path.floor_char_boundary(PATH_BYTES);
    error_span!(target: SPAN_TARGET, "request", request_id = %id, method, path = &path[..end])
}

/// The span of a job that a request has ordered.
#[must_use]
pub fn job_span(id: RequestId, job: &str, job_id: Uuid) -> Span {
    error_span!(target: SPAN_TARGET, "job", request_id = %id, job, job_id = %job_id)
}
