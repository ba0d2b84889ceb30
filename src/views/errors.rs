//! A failure on the wire: as JSON for programs, as a page for people.

use axum::http::StatusCode;
use loco_rs::controller::views::{ViewRenderer, engines::TeraView};
use serde::Serialize;
use serde_json::json;

use crate::{
    correlation,
    errors::{AppError, Code, Detail},
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
    #[schema(example = "Some values are not accepted.")]
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
                request_id: correlation::current().map(|id| id.to_string()).unwrap_or_default(),
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

/// The body and its content type, for people; JSON where the page cannot be drawn.
#[must_use]
pub fn page(pages: &TeraView, error: &AppError) -> (&'static str, String) {
    let info = ErrorBody::from(error).error;
    let status: StatusCode = error.code.status();
    let facts = json!({
        "status": status.as_u16(),
        "reason": status.canonical_reason().unwrap_or("Error"),
        "message": info.message,
        "code": info.code,
        "request_id": info.request_id,
    });
    match pages.render("errors/page.html", facts) {
        Ok(page) => (HTML, page),
        Err(failure) => {
            tracing::error!(error = %failure, "the error page could not be drawn");
            json(error)
        }
    }
}
