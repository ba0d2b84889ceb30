//! Where people are signed in: a session is a family of refresh tokens, of which one is alive, or a
//! browser's cookie.

mod browser;
mod management;
mod refresh_tokens;

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, IntoActiveModel, QuerySelect, entity::prelude::*, sea_query::LockType,
};

pub use super::_entities::sessions::{ActiveModel, Column, Entity, Model};
pub use browser::CookieSecret;
pub use refresh_tokens::{GRACE_SECONDS, RefreshToken, Rotation, Successors};

use super::{
    Database,
    device_tokens::KNOWN_DAYS,
    request_context::Client,
    security_events::{Event, Kind},
    users,
};
use crate::{
    errors::{AppError, AppResult},
    settings,
};

impl ActiveModelBehavior for ActiveModel {}
impl ActiveModelBehavior for super::_entities::refresh_tokens::ActiveModel {}

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
    /// Signs a user in, whose password was just found to fit: a new session with its first refresh token.
    ///
    /// # Errors
    /// `unauthorized` where the password was changed since: its sessions ended, and this is to be none of
    /// them. `service_unavailable` when the database is busy or gone.
    pub async fn open(
        db: &Database,
        user: &users::Model,
        client: &Client,
        lifetimes: Lifetimes,
        now: DateTime<Utc>,
    ) -> AppResult<(Self, RefreshToken)> {
        let txn = db.begin_write().await?;
        let session = Self::begin(&txn, user, client, lifetimes, now).await?;
        let token = RefreshToken::first()?;
        token.store(&txn, &session, lifetimes, now).await?;
        txn.commit().await?;
        Ok((session, token))
    }

    /// The session's row, and the record of its beginning; what opens it comes beside.
    async fn begin(
        txn: &impl ConnectionTrait,
        user: &users::Model,
        client: &Client,
        lifetimes: Lifetimes,
        now: DateTime<Utc>,
    ) -> AppResult<Self> {
        // Whoever changes it waits for this, and then ends this session too.
        let same = users::Entity::find_by_id(user.id).filter(users::Column::PasswordHash.eq(&user.password_hash));
        same.lock(LockType::Share).one(txn).await?.ok_or_else(AppError::unauthorized)?;
        let row = ActiveModel {
            pid: Set(Uuid::now_v7()),
            user_id: Set(user.id),
            user_agent: Set(client.user_agent.clone()),
            address: Set(client.address.clone()),
            source: Set(client.network.clone()),
            created_at: Set(now.into()),
            last_used_at: Set(now.into()),
            expires_at: Set((now + lifetimes.absolute).into()),
            ..Default::default()
        };
        let session = row.insert(txn).await?;
        Event { kind: Kind::SignedIn, user: Some(user), client, now }.record(txn).await?;
        Ok(session)
    }

    /// The session and its user, where the session is still alive.
    pub async fn find_alive(db: &Database, pid: Uuid, now: DateTime<Utc>) -> AppResult<Option<(Self, users::Model)>> {
        let found = Entity::find().filter(Column::Pid.eq(pid)).find_also_related(users::Entity).one(db).await?;
        Ok(found.and_then(|(session, user)| Some((session, user?))).filter(|(session, _)| session.is_alive(now)))
    }

    /// Whether somebody signed in to this account from the client's network in the last 30 days.
    pub async fn knows(db: &Database, email: &str, client: &Client, now: DateTime<Utc>) -> AppResult<bool> {
        let since = DateTimeWithTimeZone::from(now - Duration::days(KNOWN_DAYS));
        let lately = Entity::find().filter(Column::Source.eq(&client.network)).filter(Column::CreatedAt.gt(since));
        let own = lately.inner_join(users::Entity).filter(users::Column::Email.eq(email));
        // PostgreSQL takes no NUL even in a question; nobody's address has one.
        Ok(!email.contains('\0') && own.select_only().column(Column::Id).into_tuple::<i64>().one(db).await?.is_some())
    }

    /// Whether it was neither ended nor has run out.
    #[must_use]
    pub fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && self.expires_at > now
    }

    /// Ends it because its user says so, from the session itself.
    pub async fn sign_out(
        self,
        db: &Database,
        user: &users::Model,
        client: &Client,
        now: DateTime<Utc>,
    ) -> AppResult<()> {
        let txn = db.begin_write().await?;
        self.end(&txn, now).await?;
        Event { kind: Kind::SignedOut, user: Some(user), client, now }.record(&txn).await?;
        Ok(txn.commit().await?)
    }

    /// Ends it: its tokens, of either kind, stop working at once.
    pub async fn end(self, db: &impl ConnectionTrait, now: DateTime<Utc>) -> AppResult<Self> {
        let mut row = self.into_active_model();
        row.ended_at = Set(Some(now.into()));
        Ok(row.update(db).await?)
    }
}
