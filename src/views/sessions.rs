//! Sessions as JSON.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::models::sessions::Model;

/// A session of the user.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SessionView {
    pub id: Uuid,
    /// User agent of the client, at most 255 bytes.
    #[schema(example = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")]
    pub user_agent: String,
    /// IP address of the client at login.
    #[schema(example = "203.0.113.7")]
    pub address: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    /// Whether the request belongs to this session.
    pub current: bool,
}

impl SessionView {
    /// Creates the view of a session. `current` is the session of the request.
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
