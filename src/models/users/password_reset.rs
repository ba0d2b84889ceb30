//! Resets a forgotten password: enqueues the e-mail with the link, and sets the new password.

use sea_orm::{ActiveValue::Set, IntoActiveModel, entity::prelude::*};

use super::{Model, account_limits, new_password::NewPassword};
use crate::{
    email_address,
    errors::AppResult,
    models::{
        Database,
        auth_services::AuthServices,
        client_trust::ClientTrust,
        mails::{self, QueuedMail},
        one_time_tokens::{self, Purpose},
        request_context::RequestContext,
        security_events::EventKind,
    },
};

/// The token from the e-mail, and the new password.
#[derive(Clone, Copy)]
pub struct ResetInput<'a> {
    pub token: &'a str,
    pub password: &'a str,
}

impl Model {
    /// Enqueues the e-mail with the link for a new password. Known and unknown e-mail addresses cause the same SQL
    /// statements and one commit.
    ///
    /// # Errors
    /// `rate_limited` if a limit is reached.
    pub async fn request_password_reset(
        db: &Database,
        auth: &AuthServices,
        email: &str,
        request: &RequestContext<'_>,
    ) -> AppResult<QueuedMail> {
        let email = email_address::canonical(email);
        let (trust, receipts) = account_limits::charge_recovery(db, auth, &email, request).await?;
        let queued = Self::enqueue_password_reset(db, (&email, trust), request).await;
        auth.rate_limits.refund_if_unavailable(receipts, queued).await
    }

    async fn enqueue_password_reset(
        db: &Database,
        (email, trust): (&str, ClientTrust),
        request: &RequestContext<'_>,
    ) -> AppResult<QueuedMail> {
        let txn = db.begin_write().await?;
        let user = Self::find_by_email(&txn, email).await?;
        request.record(&txn, EventKind::PasswordResetAsked, user.as_ref()).await?;
        let (kind, id) = (mails::MailKind::Reset, request.request_id);
        let mail = mails::Model::enqueue_for(&txn, kind, (email, trust), id, request.now).await?;
        txn.commit().await?;
        Ok(mail)
    }

    /// Sets a new password with the token of the e-mail, ends every session and withdraws the trust in all clients.
    /// Also resets the login limits and enqueues an e-mail to the owner. The client of this request then becomes
    /// trusted, because an attacker could otherwise use up the login limit again. The token also confirms the e-mail
    /// address, because the token was sent to this e-mail address.
    ///
    /// # Errors
    /// `validation_error` if the token is invalid or the password violates the policy. `service_unavailable` if the
    /// hashing queue is full.
    pub async fn reset_password(
        db: &Database,
        auth: &AuthServices,
        input: ResetInput<'_>,
        request: &RequestContext<'_>,
    ) -> AppResult<NewPassword> {
        // Checks the token before the hash is computed, because a client without a valid token must not cause work.
        let owner = one_time_tokens::Model::find_owner(db, Purpose::Reset, input.token, request.now).await?;
        owner.check_policy(auth, input.password)?;
        let password_hash = auth.hasher_for(request.client).hash(input.password).await?;
        let txn = db.begin_write().await?;
        let user = one_time_tokens::Model::consume(&txn, Purpose::Reset, input.token, request.now).await?;
        let verified = user.email_verified_at.unwrap_or_else(|| request.now.into());
        let mut row = user.into_active_model();
        row.password_hash = Set(password_hash);
        row.email_verified_at = Set(Some(verified));
        row.failed_sign_ins = Set(0);
        row.updated_at = Set(request.now.into());
        let user = row.update(&txn).await?;
        let device_token = user.withdraw_trust(&txn, auth, None, request.now).await?;
        request.record(&txn, EventKind::PasswordReset, Some(&user)).await?;
        mails::Model::cancel(&txn, mails::MailKind::Reset, &user.email, request.now).await?;
        let kind = mails::MailKind::PasswordChanged;
        let notice = mails::Model::enqueue(&txn, kind, &user.email, request.request_id, request.now).await?;
        txn.commit().await?;
        account_limits::reset_login_limits(auth, &user.email, request).await;
        Ok(NewPassword { notice, device_token })
    }
}
