//! Every way a request can fail: its code, its message, its cause.

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

/// What handlers and models return.
pub type AppResult<T> = Result<T, AppError>;

/// One failure of one request. What a client sees is `code`, `message` and `details`; the cause is
/// for the log alone.
#[derive(Debug)]
pub struct AppError {
    pub code: Code,
    pub message: Cow<'static, str>,
    /// What is wrong with which field; for `validation_error` alone.
    pub details: Vec<Detail>,
    /// Whole seconds after which trying again makes sense.
    pub retry_after: Option<u64>,
    /// What it is called in the line of its request, for what comes often: it has no line of its own.
    pub event: Option<&'static str>,
    /// What led to it, for the log; never shown.
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

/// What is wrong with one field. The value itself is never repeated: it may be a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Detail {
    /// The field's name as the client sent it.
    #[schema(example = "email")]
    pub field: String,
    /// The rule it breaks.
    #[schema(example = "email")]
    pub code: String,
    /// The rule in words.
    #[schema(example = "must be an e-mail address")]
    pub message: String,
}

impl AppError {
    /// The code with its own message.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { code, message: code.message().into(), details: Vec::new(), retry_after: None, event: None, cause: None }
    }

    /// The same with a more exact message, which the client sees.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// The same with what led to it, which only the log sees.
    #[must_use]
    pub fn with_source(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The same under a name for the log.
    #[must_use]
    pub const fn with_event(mut self, event: &'static str) -> Self {
        self.event = Some(event);
        self
    }

    /// The same with the seconds to wait.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// One field that breaks one rule.
    #[must_use]
    pub fn invalid(field: &str, code: &str, message: &str) -> Self {
        Self::validation(vec![Detail { field: field.into(), code: code.into(), message: message.into() }])
    }

    /// Fields that break rules.
    #[must_use]
    pub fn validation(details: Vec<Detail>) -> Self {
        Self { details, ..Self::new(Code::ValidationError) }
    }

    /// 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// 401.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(Code::Unauthorized)
    }

    /// 400 with a message.
    #[must_use]
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::BadRequest).with_message(message)
    }

    /// 500, whose cause only the log sees.
    #[must_use]
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Code::InternalError).with_source(cause)
    }

    /// 503: a part is gone or busy; worth trying again after a second.
    #[must_use]
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Code::ServiceUnavailable).retry_after(1).with_source(cause)
    }
}

impl IntoResponse for AppError {
    /// Carries the error out; the envelope layer renders and logs it, once.
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
