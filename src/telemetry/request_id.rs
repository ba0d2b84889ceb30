//! Request ID: connects the response, the log lines and the jobs of one request.
//!
//! Code that builds a response gets the request ID from a task-local variable. Log lines get the request ID from the
//! span, because threads of the database driver log SQL statements, and these threads have no task-local variable.

use std::fmt;

use tracing::{Span, error_span};
use uuid::Uuid;

/// Target of the spans that contain request IDs. No log level disables the target.
pub const SPAN_TARGET: &str = "correlation";

/// Maximum length of the path in a log line, in bytes.
const PATH_BYTES: usize = 2048;

tokio::task_local! {
    /// ID of the request that the running task serves.
    pub static REQUEST_ID: RequestId;
}

/// ID of a request: a UUID version 7 (RFC 9562 section 5.7) that this server created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(Uuid);

impl RequestId {
    /// Creates a new ID.
    #[must_use]
    pub fn generate() -> Self {
        Self(Uuid::now_v7())
    }

    /// Returns the UUID, which is stored with the jobs of the request.
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

/// Returns the ID of the request that the running task serves, or `None` outside of requests and jobs.
#[must_use]
pub fn current() -> Option<RequestId> {
    REQUEST_ID.try_with(|id| *id).ok()
}

/// Returns the span of a request. The path must not contain the query, because the query may contain a token.
#[must_use]
pub fn request_span(id: RequestId, method: &str, path: &str) -> Span {
    let end = path.floor_char_boundary(PATH_BYTES);
    error_span!(target: SPAN_TARGET, "request", request_id = %id, method, path = &path[..end])
}

/// Returns the span of a job that a request has enqueued.
#[must_use]
pub fn job_span(id: RequestId, job: &str, job_id: Uuid) -> Span {
    error_span!(target: SPAN_TARGET, "job", request_id = %id, job, job_id = %job_id)
}
