//! Refresh tokens. A client uses each refresh token once and then gets the next refresh token. Late reuse of a token
//! ends the session.
//!
//! A response can be lost, and two web pages of one browser may refresh concurrently. If a token is reused within
//! [`GRACE_SECONDS`], the service therefore returns the same next token again. The next token is derived again, because
//! the database stores only hashes. The next token is the authentication code of the used token under a key of the
//! service. Neither the owner of a token nor a reader of the database can derive the next token.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, IntoActiveModel, entity::prelude::*};

use super::{Lifetimes, Model};
use crate::{
    crypto::secret_token::{SecretToken, hash},
    errors::{AppError, AppResult},
    models::{
        _entities::refresh_tokens::{ActiveModel, Column, Entity, Model as Row},
        Database, WriteTransaction,
        auth_services::AuthServices,
        request_context::RequestContext,
        security_events::EventKind,
        users,
    },
};

/// Length of the grace period, in seconds. During the grace period after the first use of a token, the service returns
/// the same next token again. RFC 9700 section 4.14.2 does not define this period. The period is longer than the retry
/// delay of a client, but gives an attacker little time.
pub const GRACE_SECONDS: i64 = 30;

/// A refresh token in clear text. The database stores only its hash.
pub struct RefreshToken(SecretToken);

impl RefreshToken {
    /// Returns the text for the client.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0.into_text()
    }

    /// Creates the first token of a session. All later tokens are derived from the first token.
    pub(super) fn first() -> AppResult<Self> {
        SecretToken::generate().map(Self)
    }

    /// Stores the token as the active token of its session.
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
            token_hash: Set(self.0.hash()),
            created_at: Set(now.into()),
            expires_at: Set(expires.into()),
            ..Default::default()
        };
        Entity::insert(row).exec_without_returning(db).await?;
        Ok(())
    }
}

/// State of a token that a client sends.
enum TokenState {
    /// The token is not used yet.
    Active(Row, Model),
    /// The grace period since the first use of the token has not ended, and the next token is unused. The response with
    /// the next token may have been lost.
    InGrace(Model),
    /// The token was reused after the grace period, or after the use of its next token. Two clients probably have the
    /// token.
    Reused(Model),
    Invalid,
}

impl Model {
    /// Consumes a refresh token and returns the next refresh token.
    ///
    /// Reuse within the grace period returns the same next token if the next token is unused. Any other reuse ends the
    /// session, because one of the clients that have the token may be an attacker (RFC 9700 section 4.14.2). An
    /// attacker who reuses a token within the grace period gets the same next token as the owner. Late reuse of the
    /// next token then ends the session.
    ///
    /// # Errors
    /// `unauthorized` if the token is unknown, expired or reused too late, or if the session has ended.
    pub async fn refresh(
        db: &Database,
        auth: &AuthServices,
        token: &str,
        request: &RequestContext<'_>,
    ) -> AppResult<(Self, users::Model, RefreshToken)> {
        // Checks the token before the write lock, because a client without a valid token must not block writes.
        if matches!(state(db, auth, token, request.now).await?, TokenState::Invalid) {
            return Err(AppError::unauthorized());
        }
        let txn = db.begin_write().await?;
        let session = match state(&txn, auth, token, request.now).await? {
            TokenState::Active(row, session) => rotate(&txn, auth, token, row, session, request.now).await?,
            TokenState::InGrace(session) => session,
            TokenState::Reused(session) => return end_reused(txn, session, request).await,
            TokenState::Invalid => return Err(AppError::unauthorized()),
        };
        let user = users::Entity::find_by_id(session.user_id).one(&txn).await?.ok_or_else(AppError::unauthorized)?;
        txn.commit().await?;
        Ok((session, user, RefreshToken(auth.refresh_tokens.next(token))))
    }
}

async fn state(
    db: &impl ConnectionTrait,
    auth: &AuthServices,
    token: &str,
    now: DateTime<Utc>,
) -> AppResult<TokenState> {
    let found = Entity::find()
        .filter(Column::TokenHash.eq(hash(token)))
        .find_also_related(crate::models::sessions::Entity)
        .one(db)
        .await?;
    Ok(match found {
        Some((row, Some(session))) if session.is_active(now) => match row.used_at {
            Some(used) if now < used + Duration::seconds(GRACE_SECONDS) => {
                let arrived = is_used(db, &RefreshToken(auth.refresh_tokens.next(token))).await?;
                if arrived { TokenState::Reused(session) } else { TokenState::InGrace(session) }
            }
            Some(_) => TokenState::Reused(session),
            None if row.expires_at > now => TokenState::Active(row, session),
            None => TokenState::Invalid,
        },
        _ => TokenState::Invalid,
    })
}

/// Returns whether a token has been used. A used token proves that the response with the token was not lost.
async fn is_used(db: &impl ConnectionTrait, token: &RefreshToken) -> AppResult<bool> {
    let row = Entity::find().filter(Column::TokenHash.eq(token.0.hash())).one(db).await?;
    Ok(row.is_some_and(|row| row.used_at.is_some()))
}

/// Consumes a token and stores the next token. Does nothing if a concurrent request has already consumed the token.
async fn rotate(
    txn: &WriteTransaction,
    auth: &AuthServices,
    token: &str,
    row: Row,
    session: Model,
    now: DateTime<Utc>,
) -> AppResult<Model> {
    // The update is conditional, so that only one of two concurrent requests consumes the token. On PostgreSQL, the
    // other request waits here until the first request has committed the next token.
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(DateTimeWithTimeZone::from(now)))
        .filter(Column::Id.eq(row.id))
        .filter(Column::UsedAt.is_null())
        .exec(txn)
        .await?;
    if used.rows_affected == 0 {
        return Ok(session);
    }
    RefreshToken(auth.refresh_tokens.next(token)).store(txn, &session, auth.lifetimes, now).await?;
    let mut active = session.into_active_model();
    active.last_used_at = Set(now.into());
    Ok(active.update(txn).await?)
}

async fn end_reused<T>(txn: WriteTransaction, session: Model, request: &RequestContext<'_>) -> AppResult<T> {
    let user = users::Entity::find_by_id(session.user_id).one(&txn).await?;
    session.end(&txn, request.now).await?;
    request.record(&txn, EventKind::TokenReused, user.as_ref()).await?;
    txn.commit().await?;
    Err(AppError::unauthorized())
}
