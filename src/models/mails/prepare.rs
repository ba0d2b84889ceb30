//! Prepares an e-mail for sending: finds the recipient, charges the mailbox quota and creates the token.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{PaginatorTrait, QuerySelect, entity::prelude::*, sea_query::LockType};

use super::{Column, Entity, FAILED, MailKind, Model};
use crate::{
    errors::{AppError, AppResult},
    models::{Database, one_time_tokens::OneTimeToken, timestamp, users},
    settings::{Quota, RateLimitSettings},
};

/// Limits for the number of e-mails to one mailbox, one limit per time window. Empty if rate limits are disabled.
#[derive(Debug, Clone, Default)]
pub struct MailboxQuota(Vec<Quota>);

impl From<&RateLimitSettings> for MailboxQuota {
    fn from(limits: &RateLimitSettings) -> Self {
        if limits.enabled { Self(vec![limits.mailbox, limits.mailbox_day]) } else { Self::default() }
    }
}

impl MailboxQuota {
    /// Returns the length of the longest time window. An older e-mail does not count toward any quota.
    #[must_use]
    pub fn longest(&self) -> TimeDelta {
        self.0.iter().copied().map(length).max().unwrap_or_default()
    }
}

/// Content of an e-mail that is not rendered yet.
pub struct EmailContent {
    pub kind: MailKind,
    /// ID of the e-mail. All attempts to send the e-mail use this ID.
    pub pid: Uuid,
    /// ID of the request that caused the e-mail.
    pub request_id: Uuid,
    pub email: String,
    /// Name of the user. Any client that registers the e-mail address can choose the name.
    pub name: String,
    pub token: Option<OneTimeToken>,
}

/// Result of [`Model::prepare`].
pub enum Delivery {
    Email(EmailContent),
    /// The e-mail must not be sent. For example, no user has the e-mail address, or a newer e-mail replaces this
    /// e-mail.
    NoRecipient,
    /// The mailbox has reached its quota.
    OverQuota,
}

impl Model {
    /// Finds the recipient, charges the mailbox quota and creates the token.
    ///
    /// # Errors
    /// `service_unavailable` if the database fails. The lease then expires, and another attempt follows.
    pub async fn prepare(&self, db: &Database, quota: &MailboxQuota, now: DateTime<Utc>) -> AppResult<Delivery> {
        let kind =
            MailKind::from_name(&self.kind).ok_or_else(|| AppError::internal("the kind of an e-mail is unknown"))?;
        let txn = db.begin_write().await?;
        // Locks the user, so that concurrent attempts prepare their e-mails one after another. Each attempt must count
        // the e-mails that earlier attempts have prepared.
        let known = users::Entity::find().filter(users::Column::Email.eq(self.email.clone()));
        let known = known.lock(LockType::NoKeyUpdate);
        let Some(user) = known.one(&txn).await? else { return Ok(Delivery::NoRecipient) };
        if kind == MailKind::Verify && user.email_verified_at.is_some() {
            return Ok(Delivery::NoRecipient);
        }
        if self.charged_at.is_none() && kind.counts_toward_quota() && self.is_over_quota(&txn, quota, now).await? {
            return Ok(Delivery::OverQuota);
        }
        let superseded = kind.purpose().is_some() && self.is_superseded(&txn).await?;
        if superseded || !self.charge(&txn, now).await? {
            return Ok(Delivery::NoRecipient);
        }
        let token = match kind.purpose() {
            Some(purpose) => Some(OneTimeToken::issue(&txn, &user, purpose, now).await?),
            None => None,
        };
        txn.commit().await?;
        let (email, name) = (user.email, user.name);
        Ok(Delivery::Email(EmailContent { kind, pid: self.pid, request_id: self.request_id, email, name, token }))
    }

    async fn is_over_quota(
        &self,
        txn: &impl ConnectionTrait,
        quota: &MailboxQuota,
        now: DateTime<Utc>,
    ) -> AppResult<bool> {
        for window in &quota.0 {
            let since = Column::ChargedAt.gt(timestamp(now - length(*window)));
            // Counts per kind, because repeated registrations of an e-mail address must not block e-mails for a
            // password reset. Counts per trust, because untrusted clients must not block e-mails that the owner
            // requests from a trusted client.
            let same = self.of_this_kind().filter(Column::Trust.eq(&self.trust));
            let had = same.filter(since).count(txn).await?;
            if had >= u64::from(window.requests.get()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns whether a newer e-mail of this kind already has a token. A token of this attempt would replace the newer
    /// token, so that the newer link would be invalid.
    async fn is_superseded(&self, txn: &impl ConnectionTrait) -> AppResult<bool> {
        let later = self.of_this_kind().filter(Column::Id.gt(self.id)).filter(Column::ChargedAt.is_not_null());
        Ok(later.filter(Column::Status.ne(FAILED)).count(txn).await? > 0)
    }

    fn of_this_kind(&self) -> Select<Entity> {
        Entity::find().filter(Column::Mailbox.eq(&self.mailbox)).filter(Column::Kind.eq(&self.kind))
    }

    /// Charges the mailbox quota unless an earlier attempt has charged the quota. Returns `false` if another worker has
    /// claimed the e-mail, or if the e-mail was cancelled.
    async fn charge(&self, txn: &impl ConnectionTrait, now: DateTime<Utc>) -> AppResult<bool> {
        let at = self.charged_at.unwrap_or_else(|| timestamp(now));
        let charged = Entity::update_many().col_expr(Column::ChargedAt, Expr::value(at));
        Ok(charged.filter(self.this_attempt()).exec(txn).await?.rows_affected == 1)
    }
}

fn length(window: Quota) -> TimeDelta {
    TimeDelta::seconds(window.window_seconds.get().into())
}
