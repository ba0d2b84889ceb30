//! Changes a password by whoever is signed in and knows the old one.

use sea_orm::entity::prelude::*;

use super::{Column, Entity};
use crate::models::{
    Database,
    mails::{self, Ordered},
    one_time_tokens::{self, Purpose},
    request_context::RequestContext,
    security_events::Kind,
    sessions, users,
};
use crate::{
    errors::{AppError, AppResult, Code},
    password::{Hasher, Owner, Policy},
};

/// What a password is chosen with.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    pub hasher: &'a Hasher,
    pub policy: Policy,
}

/// The token that was mailed, and the password that is chosen with it.
#[derive(Clone, Copy)]
pub struct Choice<'a> {
    pub token: &'a str,
    pub password: &'a str,
}

/// The old password and the new one.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    pub current: &'a str,
    pub new: &'a str,
}

impl users::Model {
    /// Gives the account another password, ends every session but this one, and tells its owner.
    ///
    /// # Errors
    /// `validation_error` for a wrong old password or a new one that breaks a rule, `conflict` where somebody else has changed it
    /// meanwhile, `service_unavailable` when hashing or the database is busy or gone.
    pub async fn change_password(
        &self,
        db: &Database,
        tools: Tools<'_>,
        session: &sessions::Model,
        change: Change<'_>,
        at: RequestContext<'_>,
    ) -> AppResult<Ordered> {
        self.allow(tools.policy, change.new)?;
        self.prove(db, tools.hasher, ("current_password", change.current), at).await?;
        let password_hash = tools.hasher.hash(change.new).await?;
        let txn = db.begin_write().await?;
        self.replace_hash(&txn, password_hash, at).await?;
        sessions::Model::end_all(&txn, self, Some(session), at.now).await?;
        at.record(&txn, Kind::PasswordChanged, Some(self)).await?;
        // Neither a link that has left is good for anything more, nor one that is about to.
        one_time_tokens::Model::revoke(&txn, self, Purpose::Reset).await?;
        mails::Model::withdraw(&txn, mails::Kind::Reset, &self.email, at.now).await?;
        let notice =
            mails::Model::order(&txn, mails::Kind::PasswordChanged, &self.email, at.request_id, at.now).await?;
        txn.commit().await?;
        Ok(notice)
    }

    /// Holds a choice to the rules.
    ///
    /// # Errors
    /// `validation_error` for the first that it breaks.
    pub(super) fn allow(&self, policy: Policy, password: &str) -> AppResult<()> {
        Ok(policy.check(password, Owner { name: &self.name, email: &self.email })?)
    }

    /// Holds whoever is signed in to their password, given in this field; a wrong one is kept on record.
    ///
    /// # Errors
    /// `validation_error` where it is wrong.
    pub(super) async fn prove(
        &self,
        db: &Database,
        hasher: &Hasher,
        (field, password): (&str, &str),
        at: RequestContext<'_>,
    ) -> AppResult<()> {
        if hasher.verify(password, Some(self.password_hash.clone())).await? {
            return Ok(());
        }
        let txn = db.begin_write().await?;
        at.record(&txn, Kind::PasswordRefused, Some(self)).await?;
        txn.commit().await?;
        Err(AppError::invalid(field, "password", "must be your current password"))
    }

    /// In place of the hash that the old password was held to, and of no other.
    async fn replace_hash(&self, txn: &impl ConnectionTrait, hash: String, at: RequestContext<'_>) -> AppResult<()> {
        let replaced = Entity::update_many()
            .col_expr(Column::PasswordHash, Expr::value(hash))
            .col_expr(Column::UpdatedAt, Expr::value(DateTimeWithTimeZone::from(at.now)))
            .filter(Column::Id.eq(self.id))
            .filter(Column::PasswordHash.eq(&self.password_hash))
            .exec(txn)
            .await?;
        if replaced.rows_affected == 1 {
            return Ok(());
        }
        Err(AppError::new(Code::Conflict).saying("The password was changed by another request. Try again."))
    }
}
