//! Sessions of browsers. The secret of a browser session is in a cookie, whereas API clients have refresh tokens.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ActiveValue::Set, entity::prelude::*};

use super::{Lifetimes, Model};
use crate::{
    crypto::secret_token::{SecretToken, hash},
    errors::AppResult,
    models::{
        _entities::session_cookies::{ActiveModel, Column, Entity, Model as Row},
        Database,
        auth_services::AuthServices,
        query_cache::QueryCache,
        request_context::{Client, RequestContext},
        users::{
            self,
            authentication::{AuthenticatedUser, Credentials},
        },
    },
};

impl ActiveModelBehavior for ActiveModel {}

/// Cached session cookies with their sessions and users, by the hash of the secret.
pub(super) type CookieCache = QueryCache<String, (Row, Model, users::Model)>;

/// Minimum time between two updates of a session's last use, because a web page with images causes many requests.
const TOUCH_INTERVAL: Duration = Duration::minutes(1);

/// A session that a browser has opened by a login.
pub struct BrowserSession {
    /// Value of the session cookie.
    pub secret: SecretToken,
    /// New value of the device cookie.
    pub device_token: String,
}

impl Model {
    /// Logs a user in and opens a session for a browser. Ends the previous session of the browser, because an attacker
    /// may have set the session cookie.
    ///
    /// Returns the new values of the session cookie and of the device cookie.
    ///
    /// # Errors
    /// Returns the errors of [`users::Model::authenticate`].
    pub async fn sign_in(
        db: &Database,
        auth: &AuthServices,
        credentials: Credentials<'_>,
        previous: Option<(Self, users::Model)>,
        request: &RequestContext<'_>,
    ) -> AppResult<BrowserSession> {
        let AuthenticatedUser { user, device, device_token } =
            users::Model::authenticate(db, auth, credentials, request).await?;
        let secret = Self::open_in_browser(db, (&user, device), request.client, auth.lifetimes, request.now).await?;
        if let Some((session, user)) = previous {
            session.sign_out(db, &user, request).await?;
        }
        Ok(BrowserSession { secret, device_token })
    }

    /// Opens a session for a browser.
    async fn open_in_browser(
        db: &Database,
        authenticated: (&users::Model, Uuid),
        client: &Client,
        lifetimes: Lifetimes,
        now: DateTime<Utc>,
    ) -> AppResult<SecretToken> {
        let txn = db.begin_write().await?;
        let session = Self::begin(&txn, authenticated, client, lifetimes, now).await?;
        let secret = SecretToken::generate()?;
        let row = ActiveModel {
            session_id: Set(session.id),
            secret_hash: Set(secret.hash()),
            expires_at: Set(idle_end(&session, lifetimes, now).into()),
            ..Default::default()
        };
        row.insert(&txn).await?;
        txn.commit().await?;
        Ok(secret)
    }

    /// Finds the active session with the secret of a session cookie, and extends the session. Returns the session and
    /// its user.
    pub async fn find_by_cookie(
        db: &Database,
        auth: &AuthServices,
        secret: &str,
        now: DateTime<Utc>,
    ) -> AppResult<Option<(Self, users::Model)>> {
        let hash = hash(secret);
        let found = auth.session_cache.by_cookie.get_or_query(db, hash.clone(), find_with_user(db, &hash)).await?;
        let is_active = |(cookie, session, _): &(Row, Self, _)| cookie.expires_at > now && session.is_active(now);
        let Some((cookie, session, user)) = found.filter(is_active) else { return Ok(None) };
        if now - session.last_used_at.to_utc() >= TOUCH_INTERVAL {
            session.touch(db, &cookie, auth.lifetimes, now).await?;
        }
        Ok(Some((session, user)))
    }

    async fn touch(&self, db: &Database, cookie: &Row, lifetimes: Lifetimes, now: DateTime<Utc>) -> AppResult<()> {
        let at = DateTimeWithTimeZone::from;
        let txn = db.begin_write().await?;
        let extended =
            Entity::update_many().col_expr(Column::ExpiresAt, Expr::value(at(idle_end(self, lifetimes, now))));
        extended.filter(Column::Id.eq(cookie.id)).exec(&txn).await?;
        let used = crate::models::sessions::Entity::update_many()
            .col_expr(crate::models::sessions::Column::LastUsedAt, Expr::value(at(now)));
        // Replaces only an earlier time, because a concurrent request may have stored a later time.
        used.filter(crate::models::sessions::Column::Id.eq(self.id))
            .filter(crate::models::sessions::Column::LastUsedAt.lt(at(now)))
            .exec(&txn)
            .await?;
        Ok(txn.commit().await?)
    }
}

async fn find_with_user(db: &Database, secret_hash: &str) -> AppResult<Option<(Row, Model, users::Model)>> {
    let cookie = Entity::find().filter(Column::SecretHash.eq(secret_hash));
    let found = cookie.find_also_related(crate::models::sessions::Entity).one(db).await?;
    let Some((cookie, Some(session))) = found else { return Ok(None) };
    let user = users::Entity::find_by_id(session.user_id).one(db).await?;
    Ok(user.map(|user| (cookie, session, user)))
}

fn idle_end(session: &Model, lifetimes: Lifetimes, now: DateTime<Utc>) -> DateTime<Utc> {
    (now + lifetimes.idle).min(session.expires_at.into())
}
