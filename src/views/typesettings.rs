//! Typesettings as JSON.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::models::typesettings;

/// A typesetting of a document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TypesettingView {
    pub id: Uuid,
    /// `queued`, `running`, `done` or `failed`.
    #[schema(example = "done")]
    pub status: String,
    pub created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// Number of pages of the PDF, if the status is `done`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<i32>,
    /// Error, if the status is `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<TypesettingError>,
}

/// Error of a failed typesetting.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TypesettingError {
    #[schema(example = "document_too_complex")]
    pub code: String,
    #[schema(example = "The document has more than 10000 table cells.")]
    pub message: String,
}

impl From<typesettings::Model> for TypesettingView {
    fn from(typesetting: typesettings::Model) -> Self {
        let error = typesetting.error_code.zip(typesetting.error_message);
        let error = error.map(|(code, message)| TypesettingError { code, message });
        Self {
            id: typesetting.pid,
            status: typesetting.status,
            created_at: typesetting.created_at.into(),
            finished_at: typesetting.finished_at.map(Into::into),
            pages: typesetting.pages,
            error,
        }
    }
}
