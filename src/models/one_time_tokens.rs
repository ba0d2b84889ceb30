//! One-time tokens in e-mails. A token confirms one e-mail address for one purpose. Each token can be used once, and
//! only the newest token of a user for a purpose is valid.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set,
    Condition, ConnectionTrait, QuerySelect,
    entity::prelude::*,
    sea_query::{LockType, OnConflict},
};

pub use super::_entities::one_time_tokens::{ActiveModel, Column, Entity, Model};
use super::users;
use crate::{
    crypto::secret_token::{SecretToken, hash},
    errors::{AppError, AppResult},
};

impl ActiveModelBehavior for ActiveModel {}

/// Purpose of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Confirms an e-mail address.
    Verify,
    /// Resets a password.
    Reset,
}

impl Purpose {
    /// Returns the name of the purpose in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Reset => "reset",
        }
    }

    /// Returns the lifetime of a token (OWASP ASVS 5.0, 6.5.5).
    #[must_use]
    pub const fn lifetime(self) -> TimeDelta {
        match self {
            Self::Verify => TimeDelta::hours(24),
            Self::Reset => TimeDelta::minutes(30),
        }
    }
}

/// A token in clear text. The database stores only its hash.
pub struct OneTimeToken(SecretToken);

impl OneTimeToken {
    /// Returns the text for the link in the e-mail.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.text()
    }

    /// Issues a token to a user for a purpose. The user's previous token for this purpose becomes invalid.
    pub async fn issue(
        db: &impl ConnectionTrait,
        user: &users::Model,
        purpose: Purpose,
        now: DateTime<Utc>,
    ) -> AppResult<Self> {
        let token = SecretToken::generate()?;
        let row = ActiveModel {
            user_id: Set(user.id),
            purpose: Set(purpose.name().to_owned()),
            email: Set(user.email.clone()),
            token_hash: Set(token.hash()),
            created_at: Set(now.into()),
            expires_at: Set((now + purpose.lifetime()).into()),
            used_at: Set(None),
            ..Default::default()
        };
        // Stores one row per user and purpose, so that only the last of several concurrent tokens is valid.
        let kind = OnConflict::columns([Column::UserId, Column::Purpose])
            .update_columns([Column::Email, Column::TokenHash, Column::CreatedAt, Column::ExpiresAt, Column::UsedAt])
            .to_owned();
        Entity::insert(row).on_conflict(kind).exec_without_returning(db).await?;
        Ok(Self(token))
    }
}

impl Model {
    /// Returns the user of a token without consuming the token.
    ///
    /// # Errors
    /// `validation_error` if the token is unknown, used, expired, replaced or issued for another purpose. Also
    /// `validation_error` if the user no longer has the e-mail address of the token.
    pub async fn find_owner(
        db: &impl ConnectionTrait,
        purpose: Purpose,
        token: &str,
        now: DateTime<Utc>,
    ) -> AppResult<users::Model> {
        let valid = Entity::find().filter(is_valid(purpose, token, now));
        match valid.find_also_related(users::Entity).one(db).await? {
            Some((token, Some(user))) if token.email == user.email => Ok(user),
            _ => Err(invalid_token()),
        }
    }

    /// Consumes a token and returns its user. The caller's transaction must also contain the change that the token
    /// permits.
    ///
    /// # Errors
    /// Returns the errors of [`Model::find_owner`].
    pub async fn consume(
        txn: &impl ConnectionTrait,
        purpose: Purpose,
        token: &str,
        now: DateTime<Utc>,
    ) -> AppResult<users::Model> {
        let owner = Self::find_owner(txn, purpose, token, now).await?;
        // Always locks the user before the token, because locks in the opposite order could deadlock. `NoKeyUpdate`
        // still permits inserts of rows that refer to the user, such as a security event.
        let owner = users::Entity::find_by_id(owner.id).lock(LockType::NoKeyUpdate).one(txn).await?;
        let owner = owner.ok_or_else(invalid_token)?;
        // The update is conditional, so that only one of several concurrent requests consumes the token.
        let used = Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(DateTimeWithTimeZone::from(now)))
            .filter(is_valid(purpose, token, now))
            .filter(Column::Email.eq(&owner.email))
            .exec(txn)
            .await?;
        if used.rows_affected == 1 { Ok(owner) } else { Err(invalid_token()) }
    }

    /// Deletes the token of a user for a purpose, if there is one.
    pub async fn revoke(db: &impl ConnectionTrait, user: &users::Model, purpose: Purpose) -> AppResult<()> {
        let own = Entity::delete_many().filter(Column::UserId.eq(user.id));
        own.filter(Column::Purpose.eq(purpose.name())).exec(db).await?;
        Ok(())
    }
}

fn is_valid(purpose: Purpose, token: &str, now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(Column::TokenHash.eq(hash(token)))
        .add(Column::Purpose.eq(purpose.name()))
        .add(Column::UsedAt.is_null())
        .add(Column::ExpiresAt.gt(DateTimeWithTimeZone::from(now)))
}

fn invalid_token() -> AppError {
    AppError::invalid("token", "token", "must be a valid token that is not used, replaced or expired")
}
