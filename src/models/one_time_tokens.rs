//! Tokens that are mailed: each proves one address for one purpose, once, and the newest alone.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use rand::{TryRngCore, rngs::OsRng};
use sea_orm::{
    ActiveValue::Set,
    Condition, ConnectionTrait, QuerySelect,
    entity::prelude::*,
    sea_query::{LockType, OnConflict},
};

pub use super::_entities::one_time_tokens::{ActiveModel, Column, Entity, Model};
use super::users;
use crate::crypto::sha256;
use crate::errors::{AppError, AppResult};

impl ActiveModelBehavior for ActiveModel {}

/// Random bytes of a token.
const BYTES: usize = 32;

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Shows that an address is its account's.
    Verify,
    /// Chooses a new password.
    Reset,
}

impl Purpose {
    /// The name that is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Reset => "reset",
        }
    }

    /// How long a token lives (OWASP ASVS 5.0, 6.5.5).
    #[must_use]
    pub const fn lifetime(self) -> TimeDelta {
        match self {
            Self::Verify => TimeDelta::hours(24),
            Self::Reset => TimeDelta::minutes(30),
        }
    }
}

/// A token in clear; the database holds its hash alone.
pub struct OneTimeToken(String);

impl OneTimeToken {
    /// The text that goes into the mail.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Makes a user's token for a purpose; the one before it is dead.
    pub async fn issue(
        db: &impl ConnectionTrait,
        user: &users::Model,
        purpose: Purpose,
        now: DateTime<Utc>,
    ) -> AppResult<Self> {
        let mut bytes = [0; BYTES];
        OsRng.try_fill_bytes(&mut bytes).map_err(AppError::internal)?;
        let token = Self(URL_SAFE_NO_PAD.encode(bytes));
        let row = ActiveModel {
            user_id: Set(user.id),
            purpose: Set(purpose.name().to_owned()),
            email: Set(user.email.clone()),
            token_hash: Set(hash(&token.0)),
            created_at: Set(now.into()),
            expires_at: Set((now + purpose.lifetime()).into()),
            used_at: Set(None),
            ..Default::default()
        };
        // There is room for one of a kind: of any number at once the last one is left.
        let kind = OnConflict::columns([Column::UserId, Column::Purpose])
            .update_columns([Column::Email, Column::TokenHash, Column::CreatedAt, Column::ExpiresAt, Column::UsedAt])
            .to_owned();
        Entity::insert(row).on_conflict(kind).exec_without_returning(db).await?;
        Ok(token)
    }
}

impl Model {
    /// Whose token this is, without using it up.
    ///
    /// # Errors
    /// `validation_error`, the same for a token that is unknown, used, run out, replaced by a newer
    /// one, of another purpose, or of an address that is no longer the account's.
    pub async fn owner(
        db: &impl ConnectionTrait,
        purpose: Purpose,
        token: &str,
        now: DateTime<Utc>,
    ) -> AppResult<users::Model> {
        let alive = Entity::find().filter(alive(purpose, token, now));
        match alive.find_also_related(users::Entity).one(db).await? {
            Some((token, Some(user))) if token.email == user.email => Ok(user),
            _ => Err(worthless()),
        }
    }

    /// Uses a token up and says whose it was. In one transaction with what it is used for: neither
    /// happens without the other.
    ///
    /// # Errors
    /// As for [`Model::owner`].
    pub async fn use_up(
        txn: &impl ConnectionTrait,
        purpose: Purpose,
        token: &str,
        now: DateTime<Utc>,
    ) -> AppResult<users::Model> {
        let owner = Self::owner(txn, purpose, token, now).await?;
        // Before the token, as everywhere: two who lock both in another order would wait for each other.
        // Not against those who only refer to it, as the record of an ended session does: they hold what
        // this is going to wait for.
        let owner = users::Entity::find_by_id(owner.id).lock(LockType::NoKeyUpdate).one(txn).await?;
        let owner = owner.ok_or_else(worthless)?;
        // Conditional: of any number who present one token at once exactly one changes its row.
        let used = Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(DateTimeWithTimeZone::from(now)))
            .filter(alive(purpose, token, now))
            .filter(Column::Email.eq(&owner.email))
            .exec(txn)
            .await?;
        if used.rows_affected == 1 { Ok(owner) } else { Err(worthless()) }
    }

    /// Ends a user's token of a purpose, where there is one.
    pub async fn revoke(db: &impl ConnectionTrait, user: &users::Model, purpose: Purpose) -> AppResult<()> {
        let own = Entity::delete_many().filter(Column::UserId.eq(user.id));
        own.filter(Column::Purpose.eq(purpose.name())).exec(db).await?;
        Ok(())
    }
}

fn alive(purpose: Purpose, token: &str, now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(Column::TokenHash.eq(hash(token)))
        .add(Column::Purpose.eq(purpose.name()))
        .add(Column::UsedAt.is_null())
        .add(Column::ExpiresAt.gt(DateTimeWithTimeZone::from(now)))
}

fn worthless() -> AppError {
    AppError::invalid("token", "token", "must be a valid token that is not used, replaced or expired")
}

/// A token has 256 random bits, so one pass of a fast hash keeps it (OWASP ASVS 5.0, 11.4.4).
fn hash(token: &str) -> String {
    sha256::sha256(token.as_bytes())
}
