//! Error responses: JSON, or a page for browsers.

use loco_rs::controller::views::engines::TeraView;
use serde::Serialize;

use super::{
    locale::Language,
    pages::{PageLayout, render_text},
};
use crate::{
    errors::{AppError, Code, Detail},
    telemetry::request_id,
};

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

/// The format of every error.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ErrorBody {
    pub error: ErrorInfo,
}

/// An error.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ErrorInfo {
    /// Error code, one of a closed set.
    pub code: Code,
    /// Message in English.
    #[schema(example = "One or more fields are invalid. See `details`.")]
    pub message: String,
    /// The value of the header `X-Request-ID`, for support requests.
    #[schema(example = "01930a1e-7d4c-7c21-9c51-5a7c1f0e2b3d")]
    pub request_id: String,
    /// Invalid fields, for `validation_error` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Vec<Detail>>,
}

impl From<&AppError> for ErrorBody {
    fn from(error: &AppError) -> Self {
        Self {
            error: ErrorInfo {
                code: error.code,
                message: error.message.to_string(),
                request_id: request_id::current().map(|id| id.to_string()).unwrap_or_default(),
                details: (error.code == Code::ValidationError).then(|| error.details.clone()),
            },
        }
    }
}

/// Renders an error as JSON. Returns the content type and the body.
#[must_use]
pub fn json(error: &AppError) -> (&'static str, String) {
    (JSON, serde_json::to_string(&ErrorBody::from(error)).unwrap_or_default())
}

/// Content of the error page.
#[derive(Serialize)]
struct Failure {
    status: u16,
    code: Code,
    /// Error message, only on English pages, because error messages are in English. `None` if the message is the
    /// default message of the code.
    exact: Option<String>,
    retry_after: Option<u64>,
}

/// Renders an error as a web page, or as JSON if the template fails. Returns the content type and the body.
#[must_use]
pub fn page(templates: &TeraView, language: Language, error: &AppError) -> (&'static str, String) {
    let info = ErrorBody::from(error).error;
    let layout = PageLayout { request_id: Some(info.request_id), ..PageLayout::bare(language) };
    let status = error.code.status().as_u16();
    let exact = Some(info.message).filter(|words| language == Language::English && *words != info.code.message());
    let failure = Failure { status, code: info.code, exact, retry_after: error.retry_after };
    match render_text(templates, "errors/page.html", &layout, &failure) {
        Ok(page) => (HTML, page),
        Err(failure) => {
            tracing::error!(cause = failure.cause.map(tracing::field::display), "rendering the error page failed");
            json(error)
        }
    }
}
