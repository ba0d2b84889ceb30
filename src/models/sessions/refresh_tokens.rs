//! Refresh tokens: each is used once and gives the next; one that comes back late ends its session.
//!
//! An answer can be lost on its way, and two pages of one browser may ask at once. So a token that comes
//! back within [`GRACE_SECONDS`] of its use gets the same successor again. The database holds hashes
//! alone, so the successor is not looked up but made a second time: it is the token's code under a key
//! that only the service has. Whoever has a token can therefore not make its successor, and whoever
//! reads the database can make none.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use rand::{TryRngCore, rngs::OsRng};
use sea_orm::{ActiveValue::Set, ConnectionTrait, IntoActiveModel, entity::prelude::*};

use super::{Lifetimes, Model};
use crate::{
    crypto::{derived_key::DerivedKey, sha256},
    models::{
        _entities::refresh_tokens::{ActiveModel, Column, Entity, Model as Row},
        Database,
        request_context::Client,
        security_events::{Event, Kind},
        users,
    },
};
use crate::{
    errors::{AppError, AppResult},
    models::WriteTransaction,
};

const BYTES: usize = 32;

/// For so long after its use a token gets its successor again (RFC 9700 section 4.14.2 leaves it open;
/// longer than any client waits before it tries again, shorter than a thief needs).
pub const GRACE_SECONDS: i64 = 30;

/// Makes the successors of tokens.
#[derive(Clone)]
pub struct Successors(DerivedKey);

impl Successors {
    /// Processes with the same secret make the same successors.
    pub fn new(secret: &[u8]) -> AppResult<Self> {
        DerivedKey::new(secret, "the next refresh token").map(Self).map_err(AppError::internal)
    }

    fn of(&self, token: &str) -> RefreshToken {
        RefreshToken(URL_SAFE_NO_PAD.encode(self.0.code(token.as_bytes())))
    }
}

/// A refresh token in clear; the database holds its hash alone.
pub struct RefreshToken(String);

impl RefreshToken {
    /// The text that the client keeps.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }

    /// The first of a session: later ones are made from it.
    pub(super) fn first() -> AppResult<Self> {
        let mut bytes = [0; BYTES];
        OsRng.try_fill_bytes(&mut bytes).map_err(AppError::internal)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Makes it the one of its session that lives.
    pub(super) async fn store(
        &self,
        db: &impl ConnectionTrait,
        session: &Model,
        lifetimes: Lifetimes,
        now: DateTime<Utc>,
    ) -> AppResult<()> {
        let expires = (now + lifetimes.idle).min(session.expires_at.into());
        let row = ActiveModel {
            session_id: Set(session.id),
            token_hash: Set(hash(&self.0)),
            created_at: Set(now.into()),
            expires_at: Set(expires.into()),
            ..Default::default()
        };
        Entity::insert(row).exec_without_returning(db).await?;
        Ok(())
    }
}

/// What refreshing goes by.
#[derive(Clone, Copy)]
pub struct Rotation<'a> {
    pub successors: &'a Successors,
    pub lifetimes: Lifetimes,
    pub now: DateTime<Utc>,
}

/// What a presented token turns out to be.
enum Presented {
    /// Alive: its session, to which the next token belongs.
    Alive(Row, Model),
    /// Used a moment ago: the answer may have been lost.
    JustUsed(Model),
    /// Used before: somebody has a copy.
    Used(Model),
    Worthless,
}

impl Model {
    /// Takes a refresh token and gives its successor; the old one is dead from then on.
    ///
    /// A token that is presented again within the grace, its successor not yet used, gets the same
    /// successor; after that it ends its session: of the two who hold it one is a thief, and nothing
    /// tells which (RFC 9700 section 4.14.2). A thief within the grace gets a token that its owner has
    /// too: one of them comes late with it, and ends the session.
    ///
    /// # Errors
    /// `unauthorized` for a token that is unknown, used, run out or of an ended session.
    pub async fn refresh(
        db: &Database,
        token: &str,
        rotation: Rotation<'_>,
        client: &Client,
    ) -> AppResult<(Self, users::Model, RefreshToken)> {
        // Before the lock: who has no token keeps nobody from writing.
        if matches!(present(db, token, rotation).await?, Presented::Worthless) {
            return Err(AppError::unauthorized());
        }
        let txn = db.begin_write().await?;
        let session = match present(&txn, token, rotation).await? {
            Presented::Alive(row, session) => rotate(&txn, token, row, session, rotation).await?,
            Presented::JustUsed(session) => session,
            Presented::Used(session) => return end_reused(txn, session, client, rotation.now).await,
            Presented::Worthless => return Err(AppError::unauthorized()),
        };
        let user = users::Entity::find_by_id(session.user_id).one(&txn).await?.ok_or_else(AppError::unauthorized)?;
        txn.commit().await?;
        Ok((session, user, rotation.successors.of(token)))
    }
}

async fn present(db: &impl ConnectionTrait, token: &str, rotation: Rotation<'_>) -> AppResult<Presented> {
    let now = rotation.now;
    let found = Entity::find()
        .filter(Column::TokenHash.eq(hash(token)))
        .find_also_related(crate::models::sessions::Entity)
        .one(db)
        .await?;
    Ok(match found {
        Some((row, Some(session))) if session.is_alive(now) => match row.used_at {
            Some(used) if now < used + Duration::seconds(GRACE_SECONDS) => {
                let arrived = is_used(db, &rotation.successors.of(token)).await?;
                if arrived { Presented::Used(session) } else { Presented::JustUsed(session) }
            }
            Some(_) => Presented::Used(session),
            None if row.expires_at > now => Presented::Alive(row, session),
            None => Presented::Worthless,
        },
        _ => Presented::Worthless,
    })
}

/// Whether somebody has presented this one: then the answer that brought it was not lost.
async fn is_used(db: &impl ConnectionTrait, token: &RefreshToken) -> AppResult<bool> {
    let row = Entity::find().filter(Column::TokenHash.eq(hash(&token.0))).one(db).await?;
    Ok(row.is_some_and(|row| row.used_at.is_some()))
}

/// Uses a token up and stores its successor, unless another request has done both in this moment.
async fn rotate(
    txn: &WriteTransaction,
    token: &str,
    row: Row,
    session: Model,
    rotation: Rotation<'_>,
) -> AppResult<Model> {
    // Conditional, so that of two who present one token at once on PostgreSQL only one goes on. The
    // other has waited here for the first one's commit: the successor is there.
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(DateTimeWithTimeZone::from(rotation.now)))
        .filter(Column::Id.eq(row.id))
        .filter(Column::UsedAt.is_null())
        .exec(txn)
        .await?;
    if used.rows_affected == 0 {
        return Ok(session);
    }
    rotation.successors.of(token).store(txn, &session, rotation.lifetimes, rotation.now).await?;
    let mut active = session.into_active_model();
    active.last_used_at = Set(rotation.now.into());
    Ok(active.update(txn).await?)
}

async fn end_reused<T>(txn: WriteTransaction, session: Model, client: &Client, now: DateTime<Utc>) -> AppResult<T> {
    let user = users::Entity::find_by_id(session.user_id).one(&txn).await?;
    session.end(&txn, now).await?;
    Event { kind: Kind::TokenReused, user: user.as_ref(), client, now }.record(&txn).await?;
    txn.commit().await?;
    Err(AppError::unauthorized())
}

/// A token has 256 random bits, so one pass of a fast hash keeps it (OWASP ASVS 5.0, 11.4.4).
fn hash(token: &str) -> String {
    sha256::sha256(token.as_bytes())
}
