//! A failure on the wire: as JSON for programs, as a page for people.

use loco_rs::controller::views::engines::TeraView;
use serde::Serialize;

use super::{
    locale::Language,
    pages::{Frame, draw},
};
use crate::{
    errors::{AppError, Code, Detail},
    telemetry::request_id,
};

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

/// The one shape of every failure.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ErrorBody {
    pub error: ErrorInfo,
}

/// What went wrong.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ErrorInfo {
    /// For programs: one of a closed set.
    pub code: Code,
    /// For people.
    #[schema(example = "One or more fields are invalid. See `details`.")]
    pub message: String,
    /// The same as in the header `X-Request-ID`; quote it when you ask for help.
    #[schema(example = "01930a1e-7d4c-7c21-9c51-5a7c1f0e2b3d")]
    pub request_id: String,
    /// Which field breaks which rule; for `validation_error` alone.
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

/// The body and its content type, for programs.
#[must_use]
pub fn json(error: &AppError) -> (&'static str, String) {
    (JSON, serde_json::to_string(&ErrorBody::from(error)).unwrap_or_default())
}

/// What the page about a failure says.
#[derive(Serialize)]
struct Failure {
    status: u16,
    code: Code,
    /// More exact than the code alone, in English; for pages in English.
    exact: Option<String>,
    retry_after: Option<u64>,
}

/// The body and its content type, for people; JSON where the page cannot be drawn.
#[must_use]
pub fn page(pages: &TeraView, language: Language, error: &AppError) -> (&'static str, String) {
    let info = ErrorBody::from(error).error;
    let frame = Frame { request_id: Some(info.request_id), ..Frame::bare(language) };
    let status = error.code.status().as_u16();
    let exact = Some(info.message).filter(|words| language == Language::English && *words != info.code.message());
    let failure = Failure { status, code: info.code, exact, retry_after: error.retry_after };
    match draw(pages, "errors/page.html", &frame, &failure) {
        Ok(page) => (HTML, page),
        Err(failure) => {
            tracing::error!(cause = failure.cause.map(tracing::field::display), "the error page could not be drawn");
            json(error)
        }
    }
}
