//! Application errors: code, message for the client, and cause for the log.

mod code;
mod conversions;

use std::{borrow::Cow, error::Error, sync::Arc};

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use serde::Serialize;

pub use code::{Code, TABLE};
pub use conversions::{is_absent, is_unwritable};

/// Result of handlers and models.
pub type AppResult<T> = Result<T, AppError>;

/// Error of a request. The response contains `code`, `message` and `details`. Only the log contains the cause.
#[derive(Debug)]
pub struct AppError {
    pub code: Code,
    pub message: Cow<'static, str>,
    /// Errors of fields, for the code `validation_error`. Empty for all other codes.
    pub details: Vec<Detail>,
    /// Whole seconds after which a retry may succeed.
    pub retry_after: Option<u64>,
    /// Event name in the access log. A frequent error has an event name instead of a separate log line.
    pub event: Option<&'static str>,
    /// Cause for the log. Responses never contain the cause.
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

/// Error of a field. The error never contains the value of the field, because the value may be a password.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct Detail {
    /// Name of the field as the client sent it.
    #[schema(example = "email")]
    pub field: String,
    /// Rule that the value violates.
    #[schema(example = "email")]
    pub code: String,
    /// Message for the user.
    #[schema(example = "must be an e-mail address")]
    pub message: String,
}

impl AppError {
    /// Creates an error with the default message of the code.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { code, message: code.message().into(), details: Vec::new(), retry_after: None, event: None, cause: None }
    }

    /// Replaces the message for the client.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// Adds the cause for the log.
    #[must_use]
    pub fn with_source(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds the event name for the access log.
    #[must_use]
    pub const fn with_event(mut self, event: &'static str) -> Self {
        self.event = Some(event);
        self
    }

    /// Adds the number of seconds after which a retry may succeed.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Creates an error with status 422 for one field.
    #[must_use]
    pub fn invalid(field: &str, code: &str, message: &str) -> Self {
        Self::validation(vec![Detail { field: field.into(), code: code.into(), message: message.into() }])
    }

    /// Creates an error with status 422 for several fields. Sorts the details by the names of the fields.
    #[must_use]
    pub fn validation(mut details: Vec<Detail>) -> Self {
        details.sort();
        Self { details, ..Self::new(Code::ValidationError) }
    }

    /// Creates an error with status 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// Creates an error with status 401.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(Code::Unauthorized)
    }

    /// Creates an error with status 400 and a message.
    #[must_use]
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::BadRequest).with_message(message)
    }

    /// Creates an error with status 500 and a cause for the log.
    #[must_use]
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Code::InternalError).with_source(cause)
    }

    /// Creates an error with status 503 and `Retry-After: 1`, for a dependency that is unreachable or busy.
    #[must_use]
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Code::ServiceUnavailable).retry_after(1).with_source(cause)
    }
}

impl IntoResponse for AppError {
    /// Attaches the error to the response. The middleware `error_envelope` renders and logs the error once.
    fn into_response(self) -> Response {
        (self.code.status(), Extension(Arc::new(self))).into_response()
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.message)
    }
}

impl Error for AppError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}
