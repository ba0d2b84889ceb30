//! Browsers: a session whose secret lies in a cookie, where other clients have refresh tokens.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use rand::{TryRngCore, rngs::OsRng};
use sea_orm::{ActiveValue::Set, entity::prelude::*};

use super::{Lifetimes, Model};
use crate::errors::{AppError, AppResult};
use crate::{
    crypto::sha256,
    models::{
        _entities::session_cookies::{ActiveModel, Column, Entity, Model as Row},
        Database,
        request_context::Client,
        users,
    },
};

impl ActiveModelBehavior for ActiveModel {}

const BYTES: usize = 32;
/// How long a session is used without a note of it: a page of pictures is one use.
const UNNOTED: Duration = Duration::minutes(1);

/// A cookie's secret in clear; the database holds its hash alone.
pub struct CookieSecret(String);

impl CookieSecret {
    /// The text that the browser keeps.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }

    fn generate() -> AppResult<Self> {
        let mut bytes = [0; BYTES];
        OsRng.try_fill_bytes(&mut bytes).map_err(AppError::internal)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }
}

impl Model {
    /// Signs a user in with a browser: a new session with its cookie.
    pub async fn open_in_browser(
        db: &Database,
        user: &users::Model,
        client: &Client,
        lifetimes: Lifetimes,
        now: DateTime<Utc>,
    ) -> AppResult<CookieSecret> {
        let txn = db.begin_write().await?;
        let session = Self::begin(&txn, user, client, lifetimes, now).await?;
        let secret = CookieSecret::generate()?;
        let row = ActiveModel {
            session_id: Set(session.id),
            secret_hash: Set(hash(&secret.0)),
            expires_at: Set(idle_end(&session, lifetimes, now).into()),
            ..Default::default()
        };
        row.insert(&txn).await?;
        txn.commit().await?;
        Ok(secret)
    }

    /// The session that a cookie's secret opens, and its user, while it is alive; being asked for
    /// keeps it so.
    pub async fn find_by_cookie(
        db: &Database,
        secret: &str,
        lifetimes: Lifetimes,
        now: DateTime<Utc>,
    ) -> AppResult<Option<(Self, users::Model)>> {
        let found = Entity::find()
            .filter(Column::SecretHash.eq(hash(secret)))
            .find_also_related(crate::models::sessions::Entity);
        let Some((cookie, Some(session))) = found.one(db).await? else { return Ok(None) };
        if cookie.expires_at <= now || !session.is_alive(now) {
            return Ok(None);
        }
        let user = users::Entity::find_by_id(session.user_id).one(db).await?;
        if now - session.last_used_at.to_utc() >= UNNOTED {
            session.note_use(db, &cookie, lifetimes, now).await?;
        }
        Ok(user.map(|user| (session, user)))
    }

    async fn note_use(&self, db: &Database, cookie: &Row, lifetimes: Lifetimes, now: DateTime<Utc>) -> AppResult<()> {
        let at = DateTimeWithTimeZone::from;
        let txn = db.begin_write().await?;
        let longer = Entity::update_many().col_expr(Column::ExpiresAt, Expr::value(at(idle_end(self, lifetimes, now))));
        longer.filter(Column::Id.eq(cookie.id)).exec(&txn).await?;
        let used = crate::models::sessions::Entity::update_many()
            .col_expr(crate::models::sessions::Column::LastUsedAt, Expr::value(at(now)));
        // Of several requests at once the latest counts.
        used.filter(crate::models::sessions::Column::Id.eq(self.id))
            .filter(crate::models::sessions::Column::LastUsedAt.lt(at(now)))
            .exec(&txn)
            .await?;
        Ok(txn.commit().await?)
    }
}

fn idle_end(session: &Model, lifetimes: Lifetimes, now: DateTime<Utc>) -> DateTime<Utc> {
    (now + lifetimes.idle).min(session.expires_at.into())
}

/// A secret has 256 random bits, so one pass of a fast hash keeps it (OWASP ASVS 5.0, 11.4.4).
fn hash(secret: &str) -> String {
    sha256::sha256(secret.as_bytes())
}
