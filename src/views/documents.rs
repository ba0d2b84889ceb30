//! Documents as JSON.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::models::documents;

/// A document with its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DocumentView {
    pub id: Uuid,
    #[schema(example = "Field notes")]
    pub title: String,
    /// Markdown.
    #[schema(example = "# Field notes\n\nIt rained.")]
    pub body: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A document in a list, without its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DocumentSummary {
    pub id: Uuid,
    #[schema(example = "Field notes")]
    pub title: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl From<documents::Model> for DocumentView {
    fn from(document: documents::Model) -> Self {
        Self {
            id: document.pid,
            title: document.title,
            body: document.body,
            created_at: document.created_at.into(),
            updated_at: document.updated_at.into(),
        }
    }
}

impl From<documents::Summary> for DocumentSummary {
    fn from(document: documents::Summary) -> Self {
        Self {
            id: document.pid,
            title: document.title,
            created_at: document.created_at.into(),
            updated_at: document.updated_at.into(),
        }
    }
}
