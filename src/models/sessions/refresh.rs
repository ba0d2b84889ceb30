//! Refresh tokens: each is used once and gives the next; one that is used again ends its session.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use rand::{TryRngCore, rngs::OsRng};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, IntoActiveModel, entity::prelude::*};

use super::{
    super::{
        _entities::refresh_tokens::{ActiveModel, Column, Entity, Model as Row},
        begin_write, digest, users,
    },
    Lifetimes, Model,
};
use crate::errors::{AppError, AppResult};

const BYTES: usize = 32;

/// A refresh token in clear; the database holds its hash alone.
pub struct RefreshToken(String);

impl RefreshToken {
    /// The text that the client keeps.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }

    /// Makes the session's next token.
    pub(super) async fn issue(
        txn: &impl ConnectionTrait,
        session: &Model,
        lifetimes: Lifetimes,
        now: DateTime<Utc>,
    ) -> AppResult<Self> {
        let mut bytes = [0; BYTES];
        OsRng.try_fill_bytes(&mut bytes).map_err(AppError::internal)?;
        let token = Self(URL_SAFE_NO_PAD.encode(bytes));
        let expires = (now + lifetimes.idle).min(session.expires_at.into());
        let row = ActiveModel {
            session_id: Set(session.id),
            token_hash: Set(hash(&token.0)),
            created_at: Set(now.into()),
            expires_at: Set(expires.into()),
            ..Default::default()
        };
        row.insert(txn).await?;
        Ok(token)
    }
}

/// What a presented token turns out to be.
enum Presented {
    /// Alive: its session, to which the next token belongs.
    Alive(Row, Model),
    /// Used before: somebody has a copy.
    Used(Model),
    Worthless,
}

impl Model {
    /// Takes a refresh token and gives its successor; the old one is dead from then on.
    ///
    /// A token presented a second time ends its session: of the two who hold it one is a thief, and
    /// nothing tells which (RFC 9700 section 4.14.2).
    ///
    /// # Errors
    /// `unauthorized` for a token that is unknown, used, run out or of an ended session.
    pub async fn refresh(
        db: &DatabaseConnection,
        token: &str,
        lifetimes: Lifetimes,
        now: DateTime<Utc>,
    ) -> AppResult<(Self, users::Model, RefreshToken)> {
        let txn = begin_write(db).await?;
        match present(&txn, token, now).await? {
            Presented::Alive(row, session) => {
                if !use_up(&txn, &row, now).await? {
                    return end_reused(txn, session, now).await;
                }
                let next = next(&txn, &session, lifetimes, now).await?;
                let user =
                    users::Entity::find_by_id(session.user_id).one(&txn).await?.ok_or_else(AppError::unauthorized)?;
                txn.commit().await?;
                Ok((session, user, next))
            }
            Presented::Used(session) => end_reused(txn, session, now).await,
            Presented::Worthless => Err(AppError::unauthorized()),
        }
    }
}

async fn present(txn: &DatabaseTransaction, token: &str, now: DateTime<Utc>) -> AppResult<Presented> {
    let found =
        Entity::find().filter(Column::TokenHash.eq(hash(token))).find_also_related(super::Entity).one(txn).await?;
    Ok(match found {
        Some((row, Some(session))) if session.is_alive(now) => {
            if row.used_at.is_some() {
                Presented::Used(session)
            } else if row.expires_at > now {
                Presented::Alive(row, session)
            } else {
                Presented::Worthless
            }
        }
        _ => Presented::Worthless,
    })
}

/// Marks a token as used; `false` where another request has just done so.
async fn use_up(txn: &DatabaseTransaction, row: &Row, now: DateTime<Utc>) -> AppResult<bool> {
    // Conditional, so that of two who present one token at once on PostgreSQL only one goes on.
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(DateTimeWithTimeZone::from(now)))
        .filter(Column::Id.eq(row.id))
        .filter(Column::UsedAt.is_null())
        .exec(txn)
        .await?;
    Ok(used.rows_affected == 1)
}

async fn next(
    txn: &DatabaseTransaction,
    session: &Model,
    lifetimes: Lifetimes,
    now: DateTime<Utc>,
) -> AppResult<RefreshToken> {
    let mut active = session.clone().into_active_model();
    active.last_used_at = Set(now.into());
    active.update(txn).await?;
    RefreshToken::issue(txn, session, lifetimes, now).await
}

async fn end_reused<T>(txn: DatabaseTransaction, session: Model, now: DateTime<Utc>) -> AppResult<T> {
    let pid = session.pid;
    session.end(&txn, now).await?;
    txn.commit().await?;
    tracing::warn!(event = "refresh_token_reused", session = %pid, "a used refresh token was presented again: session ended");
    Err(AppError::unauthorized())
}

/// A token has 256 random bits, so one pass of a fast hash keeps it (OWASP ASVS 5.0, 11.4.4).
fn hash(token: &str) -> String {
    digest::sha256(token.as_bytes())
}
