//! What happened to accounts, on the wire and in an export.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::models::security_events::Model;

/// Something that happened to one's own account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SecurityEventView {
    pub id: Uuid,
    /// What it was.
    #[schema(example = "signed_in")]
    pub kind: String,
    /// Where it was asked for.
    #[schema(example = "203.0.113.7")]
    pub address: String,
    /// What the device called itself.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    pub user_agent: String,
    /// The request that did it.
    pub request_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

impl From<Model> for SecurityEventView {
    fn from(event: Model) -> Self {
        Self {
            id: event.pid,
            kind: event.kind,
            address: event.address,
            user_agent: event.user_agent,
            request_id: event.request_id,
            created_at: event.created_at.into(),
        }
    }
}

/// A line of an export.
#[derive(Debug, Serialize)]
pub struct ExportedEvent {
    #[serde(flatten)]
    pub event: SecurityEventView,
    /// Whose account it is; null where nobody has it, or not any more.
    pub user_id: Option<Uuid>,
}
