//! Sessions on the wire.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::models::sessions::Model;

/// Where somebody is signed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SessionView {
    pub id: Uuid,
    /// What the device said of itself, 255 bytes at most.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    pub user_agent: String,
    /// The address that it signed in from.
    #[schema(example = "203.0.113.7")]
    pub address: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl SessionView {
    /// A session as seen from another, or from itself.
    #[must_use]
    pub fn of(session: Model, current: &Model) -> Self {
        Self {
            id: session.pid,
            current: session.id == current.id,
            user_agent: session.user_agent,
            address: session.address,
            created_at: session.created_at.to_utc(),
            last_used_at: session.last_used_at.to_utc(),
        }
    }
}
