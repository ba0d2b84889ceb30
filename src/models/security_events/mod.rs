//! Security events: the append-only audit log of accounts.
//!
//! Triggers of the table reject changes, with two exceptions. The deletion of a user clears the user ID, the client
//! address and the user agent of the user's events. An event may be deleted after a year, or after 30 days if the event
//! has no user.

mod export;
mod kind;

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, entity::prelude::*};

pub use super::_entities::security_events::{ActiveModel, Column, Entity, Model};
pub use export::Export;
pub use kind::{EventKind, TABLE};

use super::{
    pagination::{Page, PageRequest},
    request_context::{Client, RequestContext},
    users,
};
use crate::{errors::AppResult, models::Database, telemetry::request_id};

impl ActiveModelBehavior for ActiveModel {}

/// A security event and the request that caused it.
pub struct Event<'a> {
    pub kind: EventKind,
    /// User of the event, or `None` if no account has the e-mail address. The event is always recorded, because the
    /// response time must not reveal whether an account exists.
    pub user: Option<&'a users::Model>,
    pub client: &'a Client,
    pub now: DateTime<Utc>,
}

impl Event<'_> {
    /// Inserts the row and logs the event. The caller passes the transaction that contains the recorded change.
    pub async fn record(self, db: &impl ConnectionTrait) -> AppResult<()> {
        let row = ActiveModel {
            pid: Set(Uuid::now_v7()),
            kind: Set(self.kind.code().to_owned()),
            user_id: Set(self.user.map(|user| user.id)),
            request_id: Set(request_id::current().map(request_id::RequestId::uuid)),
            address: Set(self.client.address.clone()),
            user_agent: Set(self.client.user_agent.clone()),
            created_at: Set(self.now.into()),
            ..Default::default()
        };
        Entity::insert(row).exec_without_returning(db).await?;
        self.log();
        Ok(())
    }

    /// Logs the event. Logs a failed login and a reached limit at debug level, because any client can cause these
    /// events and the access log already contains them as `security_event`.
    fn log(&self) {
        let (event, user_id) = (self.kind.code(), self.user.map(|user| tracing::field::display(user.pid)));
        match self.kind {
            EventKind::SignInRefused | EventKind::LimitHit => tracing::debug!(event, user_id, "{event}"),
            EventKind::TokenReused => {
                tracing::warn!(event, user_id, "refresh token was reused and its session ended");
            }
            _ => tracing::info!(event, user_id, "{event}"),
        }
    }
}

impl RequestContext<'_> {
    /// Records a security event in the transaction of the use case.
    pub async fn record(
        &self,
        txn: &impl ConnectionTrait,
        kind: EventKind,
        user: Option<&users::Model>,
    ) -> AppResult<()> {
        self.event(kind, user).record(txn).await
    }

    /// Creates a security event of this request without recording the event.
    #[must_use]
    pub const fn event<'b>(&'b self, kind: EventKind, user: Option<&'b users::Model>) -> Event<'b> {
        Event { kind, user, client: self.client, now: self.now }
    }
}

impl Model {
    /// Lists the security events of a user, newest first.
    pub async fn list_for(db: &Database, user: &users::Model, request: PageRequest) -> AppResult<Page<Self>> {
        Page::fetch(db, user.find_related(Entity).order_by_desc(Column::Id), request).await
    }
}
