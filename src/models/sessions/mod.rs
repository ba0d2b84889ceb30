//! Sessions. The session of an API client has a chain of refresh tokens, of which one is active. The session of a
//! browser has a cookie.

mod browser;
mod deriver;
mod management;
mod refresh_tokens;

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, IntoActiveModel, QuerySelect, entity::prelude::*, sea_query::LockType,
};

pub use super::_entities::sessions::{ActiveModel, Column, Entity, Model};
pub use browser::BrowserSession;
pub use deriver::RefreshTokenDeriver;
pub use refresh_tokens::{GRACE_SECONDS, RefreshToken};

use super::{
    Database,
    device_tokens::TRUST_DAYS,
    devices,
    query_cache::QueryCache,
    request_context::{Client, RequestContext},
    security_events::{Event, EventKind},
    users, without_nul,
};
use crate::{
    errors::{AppError, AppResult},
    settings,
};

impl ActiveModelBehavior for ActiveModel {}
impl ActiveModelBehavior for super::_entities::refresh_tokens::ActiveModel {}

/// Lifetimes of sessions.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// Maximum time without use before a session ends.
    pub idle: Duration,
    /// Maximum time after the login before a session ends.
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

/// Cached sessions with their users. An ended session is invalid in all processes immediately, because a commit
/// invalidates the cache.
#[derive(Clone, Default)]
pub struct SessionCache {
    /// Sessions of API clients, by public ID.
    by_pid: QueryCache<Uuid, (Model, users::Model)>,
    /// Sessions of browsers, by the hash of the cookie's secret.
    by_cookie: browser::CookieCache,
}

impl Model {
    /// Opens a session with its first refresh token for a user whose password was just verified. The device of the
    /// client becomes trusted.
    ///
    /// # Errors
    /// `unauthorized` if the password has changed since the verification, because a replaced password must not open a
    /// session.
    pub async fn open(
        db: &Database,
        authenticated: (&users::Model, Uuid),
        client: &Client,
        lifetimes: Lifetimes,
        now: DateTime<Utc>,
    ) -> AppResult<(Self, RefreshToken)> {
        let txn = db.begin_write().await?;
        let session = Self::begin(&txn, authenticated, client, lifetimes, now).await?;
        let token = RefreshToken::first()?;
        token.store(&txn, &session, lifetimes, now).await?;
        txn.commit().await?;
        Ok((session, token))
    }

    /// Inserts the session, its security event and its device. The caller adds the refresh token or the cookie.
    async fn begin(
        txn: &impl ConnectionTrait,
        (user, device): (&users::Model, Uuid),
        client: &Client,
        lifetimes: Lifetimes,
        now: DateTime<Utc>,
    ) -> AppResult<Self> {
        // A concurrent password change waits for this lock. The change then ends this session and deletes the device.
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
        devices::Model::record_login(txn, user, device, now).await?;
        Event { kind: EventKind::SignedIn, user: Some(user), client, now }.record(txn).await?;
        Ok(session)
    }

    /// Returns an active session and its user.
    pub async fn find_active(
        db: &Database,
        cache: &SessionCache,
        pid: Uuid,
        now: DateTime<Utc>,
    ) -> AppResult<Option<(Self, users::Model)>> {
        let query = async {
            let found = Entity::find().filter(Column::Pid.eq(pid)).find_also_related(users::Entity).one(db).await?;
            Ok(found.and_then(|(session, user)| Some((session, user?))))
        };
        let found = cache.by_pid.get_or_query(db, pid, query).await?;
        Ok(found.filter(|(session, _)| session.is_active(now)))
    }

    /// Returns whether a login to the account came from the client's network in the last 30 days. Ignores logins before
    /// a password change, except the login of the session that changed the password.
    pub async fn has_recent_session_from(
        db: &Database,
        email: &str,
        client: &Client,
        now: DateTime<Utc>,
    ) -> AppResult<bool> {
        let since = DateTimeWithTimeZone::from(now - Duration::days(TRUST_DAYS));
        let recent = Entity::find().filter(Column::Source.eq(&client.network)).filter(Column::CreatedAt.gt(since));
        let own = recent.inner_join(users::Entity).filter(users::Column::Email.eq(without_nul(email)));
        Ok(own.select_only().column(Column::Id).into_tuple::<i64>().one(db).await?.is_some())
    }

    /// Returns whether the session has neither ended nor expired.
    #[must_use]
    pub fn is_active(&self, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && self.expires_at > now
    }

    /// Signs the user out: ends this session and records a security event.
    pub async fn sign_out(self, db: &Database, user: &users::Model, request: &RequestContext<'_>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        self.end(&txn, request.now).await?;
        request.record(&txn, EventKind::SignedOut, Some(user)).await?;
        Ok(txn.commit().await?)
    }

    /// Ends the session. All tokens of the session become invalid immediately.
    pub async fn end(self, db: &impl ConnectionTrait, now: DateTime<Utc>) -> AppResult<Self> {
        let mut row = self.into_active_model();
        row.ended_at = Set(Some(now.into()));
        Ok(row.update(db).await?)
    }
}
