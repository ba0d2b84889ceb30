//! Security events as JSON, for the API and for exports.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::models::security_events::Model;

/// A security event of the account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SecurityEventView {
    pub id: Uuid,
    /// Type of the event.
    #[schema(example = "signed_in")]
    pub kind: String,
    /// IP address of the client.
    #[schema(example = "203.0.113.7")]
    pub address: String,
    /// User agent of the client.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    pub user_agent: String,
    /// ID of the request that caused the event.
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

/// A line of an export of security events.
#[derive(Debug, Serialize)]
pub struct ExportedEvent {
    #[serde(flatten)]
    pub event: SecurityEventView,
    /// ID of the user. `None` if no account had the e-mail address, or if the account was deleted later.
    pub user_id: Option<Uuid>,
}
