//! Transactional outbox of e-mails. A row is an e-mail that is queued, being sent, waiting for a retry, or finished.
//!
//! The row is the source of truth, and the job only starts a worker. A queued row contains an e-mail address and a
//! kind, whether or not the e-mail address has an account. When a worker sends the e-mail, the worker finds the
//! recipient, checks the quota and creates the token. No token is therefore stored in clear text.

mod prepare;
mod retry;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait, entity::prelude::*};

pub use super::_entities::mails::{ActiveModel, Column, Entity, Model};
pub use prepare::{Delivery, EmailContent, MailboxQuota};
pub use retry::{MAX_ATTEMPTS, wait_after};

use super::{client_trust::ClientTrust, one_time_tokens::Purpose};
use crate::{crypto::sha256, errors::AppResult, models::Database};

impl ActiveModelBehavior for ActiveModel {}

/// Status of an e-mail that is waiting for a worker.
pub const QUEUED: &str = "queued";
/// Status of an e-mail that a worker has claimed.
pub const SENDING: &str = "sending";
/// Status of an e-mail after a failed attempt. Another attempt follows.
pub const WAITING: &str = "waiting";
/// Status of an e-mail that the mail server has accepted.
pub const SENT: &str = "sent";
/// Status of an e-mail that could not be sent or was cancelled. No further attempt follows.
pub const FAILED: &str = "failed";

/// Kind of an e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    /// Link that confirms the e-mail address. Not sent if the e-mail address is already confirmed.
    Verify,
    /// Link to set a new password.
    Reset,
    /// Notice that a client tried to register the e-mail address again.
    Registered,
    /// Notice that the password was changed.
    PasswordChanged,
    // kinds-inject (do not remove)
}

impl MailKind {
    const ALL: &[Self] = &[
        Self::Verify,
        Self::Reset,
        Self::Registered,
        Self::PasswordChanged,
        // every-inject (do not remove)
    ];

    /// Returns the name of the kind in the database. The templates of the e-mail have the same name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Reset => "reset",
            Self::Registered => "registered",
            Self::PasswordChanged => "password_changed",
            // names-inject (do not remove)
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Returns the purpose of the token in the e-mail, or `None` if the e-mail contains no token.
    #[must_use]
    pub const fn purpose(self) -> Option<Purpose> {
        match self {
            Self::Verify => Some(Purpose::Verify),
            Self::Reset => Some(Purpose::Reset),
            _ => None,
        }
    }

    /// Returns whether the e-mail counts toward the quota of its mailbox. An e-mail counts if any client can cause the
    /// e-mail. Notices about account changes do not count. Otherwise, an attacker could use up the quota before the
    /// change and thus prevent the notice.
    const fn counts_toward_quota(self) -> bool {
        !matches!(self, Self::PasswordChanged)
    }
}

/// E-mail in the outbox. The caller must enqueue the job of the e-mail after the commit.
#[must_use = "enqueue its job with `workers::send_mail::enqueue`"]
#[derive(Debug, Clone, Copy)]
pub struct QueuedMail {
    pub pid: Uuid,
    pub request_id: Uuid,
}

impl Model {
    /// Inserts an e-mail into the outbox. `email` is the canonical e-mail address of the recipient, which may have no
    /// account. The caller enqueues the job of the e-mail after the commit.
    pub async fn enqueue(
        db: &impl ConnectionTrait,
        kind: MailKind,
        email: &str,
        request_id: Uuid,
        now: DateTime<Utc>,
    ) -> AppResult<QueuedMail> {
        Self::enqueue_for(db, kind, (email, ClientTrust::Untrusted), request_id, now).await
    }

    /// Inserts an e-mail like [`Model::enqueue`]. A mailbox has a separate quota for each [`ClientTrust`]. The e-mail
    /// counts toward the quota for `trust`.
    pub async fn enqueue_for(
        db: &impl ConnectionTrait,
        kind: MailKind,
        (email, trust): (&str, ClientTrust),
        request_id: Uuid,
        now: DateTime<Utc>,
    ) -> AppResult<QueuedMail> {
        let pid = Uuid::now_v7();
        let row = ActiveModel {
            pid: Set(pid),
            kind: Set(kind.name().to_owned()),
            email: Set(Some(email.to_owned())),
            mailbox: Set(mailbox(email)),
            trust: Set(trust.name().to_owned()),
            request_id: Set(request_id),
            status: Set(QUEUED.to_owned()),
            attempts: Set(0),
            due_at: Set(Some((now + retry::REQUEUE_AFTER).into())),
            created_at: Set(now.into()),
            ..Default::default()
        };
        Entity::insert(row).exec_without_returning(db).await?;
        Ok(QueuedMail { pid, request_id })
    }

    /// Deletes the rows of e-mails that were finished more than `longest` ago. `longest` is the length of the longest
    /// quota window. Returns the number of deleted rows.
    pub async fn purge_finished(db: &Database, longest: TimeDelta, now: DateTime<Utc>) -> AppResult<u64> {
        let before = DateTimeWithTimeZone::from(now - longest);
        let txn = db.begin_write().await?;
        let removed = Entity::delete_many().filter(Column::FinishedAt.lt(before)).exec(&txn).await?;
        txn.commit().await?;
        Ok(removed.rows_affected)
    }
}

/// Returns the key under which the quota counts a mailbox. The key is a hash, because a finished row must not contain
/// an e-mail address.
fn mailbox(email: &str) -> String {
    sha256::sha256(email.as_bytes())
}
