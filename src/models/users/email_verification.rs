//! Confirms the e-mail address of a user.

use sea_orm::{ActiveValue::Set, IntoActiveModel, entity::prelude::*};

use super::{Model, account_limits};
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

impl Model {
    /// Enqueues the e-mail with the link that confirms an e-mail address. Known and unknown e-mail addresses cause the
    /// same SQL statements.
    ///
    /// # Errors
    /// `rate_limited` if a limit is reached.
    pub async fn request_verification(
        db: &Database,
        auth: &AuthServices,
        email: &str,
        request: &RequestContext<'_>,
    ) -> AppResult<QueuedMail> {
        let email = email_address::canonical(email);
        let (trust, receipts) = account_limits::charge_recovery(db, auth, &email, request).await?;
        let queued = Self::enqueue_verification(db, (&email, trust), request).await;
        auth.rate_limits.refund_if_unavailable(receipts, queued).await
    }

    async fn enqueue_verification(
        db: &Database,
        (email, trust): (&str, ClientTrust),
        request: &RequestContext<'_>,
    ) -> AppResult<QueuedMail> {
        let txn = db.begin_write().await?;
        let (kind, id) = (mails::MailKind::Verify, request.request_id);
        let mail = mails::Model::enqueue_for(&txn, kind, (email, trust), id, request.now).await?;
        txn.commit().await?;
        Ok(mail)
    }

    /// Confirms an e-mail address with the token that was sent to this e-mail address.
    ///
    /// # Errors
    /// `validation_error` if the token is invalid.
    pub async fn verify_email(db: &Database, token: &str, request: &RequestContext<'_>) -> AppResult<Self> {
        // Checks the token before the write lock, because a client without a valid token must not block writes.
        one_time_tokens::Model::find_owner(db, Purpose::Verify, token, request.now).await?;
        let txn = db.begin_write().await?;
        let user = one_time_tokens::Model::consume(&txn, Purpose::Verify, token, request.now).await?;
        let verified = user.email_verified_at.unwrap_or_else(|| request.now.into());
        let mut row = user.into_active_model();
        row.email_verified_at = Set(Some(verified));
        row.updated_at = Set(request.now.into());
        let user = row.update(&txn).await?;
        request.record(&txn, EventKind::EmailVerified, Some(&user)).await?;
        txn.commit().await?;
        Ok(user)
    }
}
