//! Typesettings on the wire.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::models::typesettings;

/// A document on its way to PDF.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TypesettingView {
    pub id: Uuid,
    /// `queued`, `running`, `done` or `failed`.
    #[schema(example = "done")]
    pub status: String,
    pub created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// Pages of the PDF, once done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<i32>,
    /// What went wrong, once failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<TypesettingError>,
}

/// Why there is no PDF.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TypesettingError {
    #[schema(example = "document_too_complex")]
    pub code: String,
    #[schema(example = "The document has more than 10000 table cells.")]
    pub message: String,
}

impl From<typesettings::Model> for TypesettingView {
    fn from(order: typesettings::Model) -> Self {
        let error = order.error_code.zip(order.error_message).map(|(code, message)| TypesettingError { code, message });
        Self {
            id: order.pid,
            status: order.status,
            created_at: order.created_at.into(),
            finished_at: order.finished_at.map(Into::into),
            pages: order.pages,
            error,
        }
    }
}
