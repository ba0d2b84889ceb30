//! What happened to accounts: rows that are added and never changed.
//!
//! The table's triggers refuse everything else, but for two things: an account that goes takes the
//! reference, the address and the device of its rows along, and a row may go after a year, or after 30 days
//! where it is nobody's.

mod export;
mod kind;

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, entity::prelude::*};

pub use super::_entities::security_events::{ActiveModel, Column, Entity, Model};
pub use export::Export;
pub use kind::{Kind, TABLE};

use super::{
    pagination::{Page, PageRequest},
    request_context::{Client, RequestContext},
    users,
};
use crate::{errors::AppResult, models::Database, telemetry::request_id};

impl ActiveModelBehavior for ActiveModel {}

/// Something that happened, by its request.
pub struct Event<'a> {
    pub kind: Kind,
    /// None where nobody has the account that was named: the row is written all the same, for the
    /// time it takes would tell one from the other.
    pub user: Option<&'a users::Model>,
    pub client: &'a Client,
    pub now: DateTime<Utc>,
}

impl Event<'_> {
    /// Adds the row, and a line to the log; call it in the transaction that does what it tells of.
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

    /// What anybody can cause as often as they like stands in the line of its request instead, as
    /// `security_event`: a storm writes one line a request.
    fn log(&self) {
        let (event, user_id) = (self.kind.code(), self.user.map(|user| tracing::field::display(user.pid)));
        match self.kind {
            Kind::SignInRefused | Kind::LimitHit => tracing::debug!(event, user_id, "{event}"),
            Kind::TokenReused => {
                tracing::warn!(event, user_id, "a used refresh token came back: its session was ended");
            }
            _ => tracing::info!(event, user_id, "{event}"),
        }
    }
}

impl RequestContext<'_> {
    /// Records a security event in the transaction of the use case.
    ///
    /// # Errors
    /// `service_unavailable` if the database fails.
    pub async fn record(&self, txn: &impl ConnectionTrait, kind: Kind, user: Option<&users::Model>) -> AppResult<()> {
        self.event(kind, user).record(txn).await
    }

    /// Returns the security event of this request.
    #[must_use]
    pub const fn event<'b>(&'b self, kind: Kind, user: Option<&'b users::Model>) -> Event<'b> {
        Event { kind, user, client: self.client, now: self.now }
    }
}

impl Model {
    /// What happened to a user's account, newest first.
    pub async fn list_for(db: &Database, user: &users::Model, request: PageRequest) -> AppResult<Page<Self>> {
        Page::fetch(db, user.find_related(Entity).order_by_desc(Column::Id), request).await
    }
}
