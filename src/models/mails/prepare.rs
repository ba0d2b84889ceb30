//! What a mail says, found out when it leaves: whom it is for, whether it may be sent, and its token.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{PaginatorTrait, QuerySelect, entity::prelude::*, sea_query::LockType};

use super::{Column, Entity, FAILED, Kind, Model, retry::stamp};
use crate::{
    errors::{AppError, AppResult},
    models::{Database, one_time_tokens::OneTimeToken, users},
    settings::{Quota, RateLimitSettings},
};

/// Mails that a mailbox may get in each window; none where limits are switched off.
#[derive(Debug, Clone, Default)]
pub struct Caps(Vec<Quota>);

impl From<&RateLimitSettings> for Caps {
    fn from(limits: &RateLimitSettings) -> Self {
        if limits.enabled { Self(vec![limits.mailbox, limits.mailbox_day]) } else { Self::default() }
    }
}

impl Caps {
    /// The longest window: what is older counts nowhere.
    #[must_use]
    pub fn longest(&self) -> TimeDelta {
        self.0.iter().copied().map(length).max().unwrap_or_default()
    }
}

/// A mail as it is to be written.
pub struct Letter {
    pub kind: Kind,
    /// The mail's own id: every attempt at it has the same.
    pub pid: Uuid,
    /// The request that asked for it.
    pub request_id: Uuid,
    pub email: String,
    /// The account's name, as its owner or a stranger gave it.
    pub name: String,
    pub token: Option<OneTimeToken>,
}

/// What becomes of an order.
pub enum Draft {
    Letter(Letter),
    /// Nobody has the address, or there is nothing to tell them.
    Nothing,
    /// The mailbox has had as many as it may get.
    Capped,
}

impl Model {
    /// Finds out what the mail says, charges its mailbox and makes its token.
    ///
    /// # Errors
    /// When the database is gone: the lease runs out, and another attempt follows.
    pub async fn draft(&self, db: &Database, caps: &Caps, now: DateTime<Utc>) -> AppResult<Draft> {
        let kind = Kind::from_name(&self.kind).ok_or_else(|| AppError::internal("a mail is of no known kind"))?;
        let txn = db.begin_write().await?;
        // Locked, so that of any number at once each counts those before it.
        let known = users::Entity::find().filter(users::Column::Email.eq(self.email.clone()));
        let known = known.lock(LockType::NoKeyUpdate);
        let Some(user) = known.one(&txn).await? else { return Ok(Draft::Nothing) };
        if kind == Kind::Verify && user.email_verified_at.is_some() {
            return Ok(Draft::Nothing);
        }
        if self.charged_at.is_none() && kind.is_capped() && self.is_over(&txn, caps, now).await? {
            return Ok(Draft::Capped);
        }
        let overtaken = kind.purpose().is_some() && self.is_overtaken(&txn).await?;
        if overtaken || !self.charge(&txn, now).await? {
            return Ok(Draft::Nothing);
        }
        let token = match kind.purpose() {
            Some(purpose) => Some(OneTimeToken::issue(&txn, &user, purpose, now).await?),
            None => None,
        };
        txn.commit().await?;
        let (email, name) = (user.email, user.name);
        Ok(Draft::Letter(Letter { kind, pid: self.pid, request_id: self.request_id, email, name, token }))
    }

    async fn is_over(&self, txn: &impl ConnectionTrait, caps: &Caps, now: DateTime<Utc>) -> AppResult<bool> {
        for window in &caps.0 {
            let since = Column::ChargedAt.gt(stamp(now - length(*window)));
            // Of this kind: otherwise whoever registers an address again and again would keep its owner
            // from the mail with which a forgotten password is replaced.
            let alike = Entity::find().filter(Column::Mailbox.eq(&self.mailbox)).filter(Column::Kind.eq(&self.kind));
            let had = alike.filter(since).count(txn).await?;
            if had >= u64::from(window.requests.get()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a later order of the same has its token already: one that this attempt made would take
    /// its place, and of two links the newer would be the dead one.
    async fn is_overtaken(&self, txn: &impl ConnectionTrait) -> AppResult<bool> {
        let alike = Entity::find().filter(Column::Mailbox.eq(&self.mailbox)).filter(Column::Kind.eq(&self.kind));
        let later = alike.filter(Column::Id.gt(self.id)).filter(Column::ChargedAt.is_not_null());
        Ok(later.filter(Column::Status.ne(FAILED)).count(txn).await? > 0)
    }

    /// Counts the mail for its mailbox, once for all attempts; `false` where it is another's by now.
    async fn charge(&self, txn: &impl ConnectionTrait, now: DateTime<Utc>) -> AppResult<bool> {
        let at = self.charged_at.unwrap_or_else(|| stamp(now));
        let charged = Entity::update_many().col_expr(Column::ChargedAt, Expr::value(at));
        Ok(charged.filter(self.this_attempt()).exec(txn).await?.rows_affected == 1)
    }
}

fn length(window: Quota) -> TimeDelta {
    TimeDelta::seconds(window.window_seconds.get().into())
}
