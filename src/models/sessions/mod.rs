//! Where people are signed in: a session is a family of refresh tokens, of which one is alive.

mod refresh;

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, IntoActiveModel, PaginatorTrait, entity::prelude::*};

pub use super::_entities::sessions::{ActiveModel, Column, Entity, Model};
pub use refresh::RefreshToken;

use super::{begin_write, users};
use crate::{errors::AppResult, settings};

impl ActiveModelBehavior for ActiveModel {}
impl ActiveModelBehavior for super::_entities::refresh_tokens::ActiveModel {}

/// Bytes of a client's own description that are kept.
const USER_AGENT_BYTES: usize = 255;
/// Days for which an address is known after a sign-in.
const KNOWN_DAYS: i64 = 30;

/// Who signs in from where.
#[derive(Debug, Clone)]
pub struct Client {
    pub user_agent: String,
    pub address: String,
}

/// How long sessions live.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    pub idle: Duration,
    pub absolute: Duration,
}

impl From<&settings::Sessions> for Lifetimes {
    fn from(settings: &settings::Sessions) -> Self {
        Self {
            idle: Duration::days(settings.idle_days.into()),
            absolute: Duration::days(settings.absolute_days.into()),
        }
    }
}

impl Model {
    /// Signs a user in: a new session with its first refresh token.
    pub async fn open(
        db: &DatabaseConnection,
        user: &users::Model,
        client: Client,
        lifetimes: Lifetimes,
        now: DateTime<Utc>,
    ) -> AppResult<(Self, RefreshToken)> {
        let txn = begin_write(db).await?;
        let row = ActiveModel {
            pid: Set(Uuid::now_v7()),
            user_id: Set(user.id),
            user_agent: Set(shortened(client.user_agent)),
            address: Set(client.address),
            created_at: Set(now.into()),
            last_used_at: Set(now.into()),
            expires_at: Set((now + lifetimes.absolute).into()),
            ..Default::default()
        };
        let session = row.insert(&txn).await?;
        let token = RefreshToken::issue(&txn, &session, lifetimes, now).await?;
        txn.commit().await?;
        Ok((session, token))
    }

    /// The session and its user, where the session is still alive.
    pub async fn find_alive(
        db: &DatabaseConnection,
        pid: Uuid,
        now: DateTime<Utc>,
    ) -> AppResult<Option<(Self, users::Model)>> {
        let found = Entity::find().filter(Column::Pid.eq(pid)).find_also_related(users::Entity).one(db).await?;
        Ok(found.and_then(|(session, user)| Some((session, user?))).filter(|(session, _)| session.is_alive(now)))
    }

    /// Whether somebody signed in to this account from this address in the last 30 days.
    pub async fn knows(db: &DatabaseConnection, email: &str, address: &str, now: DateTime<Utc>) -> AppResult<bool> {
        let since = DateTimeWithTimeZone::from(now - Duration::days(KNOWN_DAYS));
        let lately = Entity::find().filter(Column::Address.eq(address)).filter(Column::CreatedAt.gt(since));
        let own = lately.inner_join(users::Entity).filter(users::Column::Email.eq(email));
        // PostgreSQL takes no NUL even in a question; nobody's address has one.
        Ok(!email.contains('\0') && own.count(db).await? > 0)
    }

    /// Whether it was neither ended nor has run out.
    #[must_use]
    pub fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && self.expires_at > now
    }

    /// Ends it: its tokens, of either kind, stop working at once.
    pub async fn end(self, db: &impl ConnectionTrait, now: DateTime<Utc>) -> AppResult<Self> {
        let mut row = self.into_active_model();
        row.ended_at = Set(Some(now.into()));
        Ok(row.update(db).await?)
    }
}

fn shortened(mut text: String) -> String {
    let end = (0..=USER_AGENT_BYTES.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    text.truncate(end.unwrap_or(0));
    text
}
