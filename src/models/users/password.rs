//! Changes the password of a user after verifying the current password.

use sea_orm::entity::prelude::*;

use super::{Column, Entity, Model, account_limits, new_password::NewPassword};
use crate::{
    errors::{AppError, AppResult, Code},
    models::{
        Database,
        auth_services::AuthServices,
        mails,
        one_time_tokens::{self, Purpose},
        request_context::RequestContext,
        security_events::EventKind,
        sessions,
    },
    password::Owner,
};

/// The current password and the new password.
#[derive(Clone, Copy)]
pub struct ChangeInput<'a> {
    pub current: &'a str,
    pub new: &'a str,
}

impl Model {
    /// Changes the password, ends every other session, withdraws the trust in other clients, and enqueues an e-mail to
    /// the owner.
    ///
    /// # Errors
    /// `validation_error` if the current password is wrong or the new password violates the policy. `rate_limited` if
    /// the limit is reached. `conflict` if another request has changed the password. `service_unavailable` if the
    /// hashing queue is full.
    pub async fn change_password(
        &self,
        db: &Database,
        auth: &AuthServices,
        session: &sessions::Model,
        change: ChangeInput<'_>,
        request: &RequestContext<'_>,
    ) -> AppResult<NewPassword> {
        let receipts = account_limits::charge_password(auth, self, request).await?;
        let changed = self.replace_password(db, auth, session, change, request).await;
        auth.rate_limits.refund_if_unavailable(receipts, changed).await
    }

    async fn replace_password(
        &self,
        db: &Database,
        auth: &AuthServices,
        session: &sessions::Model,
        change: ChangeInput<'_>,
        request: &RequestContext<'_>,
    ) -> AppResult<NewPassword> {
        self.check_policy(auth, change.new)?;
        self.verify_current_password(db, auth, ("current_password", change.current), request).await?;
        let password_hash = auth.hasher_for(request.client).hash(change.new).await?;
        let txn = db.begin_write().await?;
        self.replace_hash(&txn, password_hash, request).await?;
        let device_token = self.withdraw_trust(&txn, auth, Some(session), request.now).await?;
        request.record(&txn, EventKind::PasswordChanged, Some(self)).await?;
        // Invalidates all reset links: the sent links, and the links of queued e-mails.
        one_time_tokens::Model::revoke(&txn, self, Purpose::Reset).await?;
        mails::Model::cancel(&txn, mails::MailKind::Reset, &self.email, request.now).await?;
        let kind = mails::MailKind::PasswordChanged;
        let notice = mails::Model::enqueue(&txn, kind, &self.email, request.request_id, request.now).await?;
        txn.commit().await?;
        Ok(NewPassword { notice, device_token })
    }

    /// Checks a new password against the policy.
    ///
    /// # Errors
    /// `validation_error` for the first rule that the password violates.
    pub(super) fn check_policy(&self, auth: &AuthServices, password: &str) -> AppResult<()> {
        Ok(auth.password_policy.check(password, Owner { name: &self.name, email: &self.email })?)
    }

    /// Verifies the current password of the user. `field` is the name of the request field with the password. Records a
    /// wrong password as a security event.
    ///
    /// # Errors
    /// `validation_error` if the password is wrong.
    pub(super) async fn verify_current_password(
        &self,
        db: &Database,
        auth: &AuthServices,
        (field, password): (&str, &str),
        request: &RequestContext<'_>,
    ) -> AppResult<()> {
        if auth.hasher_for(request.client).verify(password, Some(self.password_hash.clone())).await? {
            return Ok(());
        }
        let txn = db.begin_write().await?;
        request.record(&txn, EventKind::PasswordRefused, Some(self)).await?;
        txn.commit().await?;
        Err(AppError::invalid(field, "password", "must be your current password"))
    }

    /// Replaces the hash if the hash has not changed since the current password was verified.
    async fn replace_hash(
        &self,
        txn: &impl ConnectionTrait,
        hash: String,
        request: &RequestContext<'_>,
    ) -> AppResult<()> {
        let replaced = Entity::update_many()
            .col_expr(Column::PasswordHash, Expr::value(hash))
            .col_expr(Column::UpdatedAt, Expr::value(DateTimeWithTimeZone::from(request.now)))
            .filter(Column::Id.eq(self.id))
            .filter(Column::PasswordHash.eq(&self.password_hash))
            .exec(txn)
            .await?;
        if replaced.rows_affected == 1 {
            return Ok(());
        }
        Err(AppError::new(Code::Conflict).with_message("The password was changed by another request. Try again."))
    }
}
