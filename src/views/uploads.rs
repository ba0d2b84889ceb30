//! Uploads as JSON.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::models::uploads;

/// An uploaded file.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UploadView {
    pub id: Uuid,
    #[schema(example = "photo.png")]
    pub file_name: String,
    /// Media type, detected from the content, not from the file name.
    #[schema(example = "image/png")]
    pub media_type: String,
    /// Size in bytes.
    #[schema(example = 48213)]
    pub size: i64,
    /// SHA-256 of the content, in hexadecimal digits.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
    pub created_at: DateTime<Utc>,
}

impl From<uploads::Model> for UploadView {
    fn from(upload: uploads::Model) -> Self {
        Self {
            id: upload.pid,
            file_name: upload.file_name,
            media_type: upload.media_type,
            size: upload.size,
            sha256: upload.sha256,
            created_at: upload.created_at.into(),
        }
    }
}
