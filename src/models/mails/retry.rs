//! Claims, retries and finishes e-mails with conditional updates.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{Condition, ConnectionTrait, ExprTrait, QueryOrder, QuerySelect, UpdateMany, entity::prelude::*};

use super::{Column, Entity, FAILED, MailKind, Model, QUEUED, QueuedMail, SENDING, SENT, WAITING};
use crate::{
    errors::AppResult,
    models::{Database, timestamp},
};

/// Time for which a worker holds an e-mail. An attempt takes at most 30 seconds.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// Time after which a queued e-mail is requeued.
pub(super) const REQUEUE_AFTER: TimeDelta = TimeDelta::seconds(60);
/// Delay before the second attempt. Every further delay is twice as long as the previous delay.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);
/// Maximum number of attempts per e-mail: the first attempt, and eight more attempts over 21 minutes.
pub const MAX_ATTEMPTS: i32 = 9;

/// Maximum number of e-mails that are requeued per batch.
const REQUEUE_BATCH: u64 = 100;

/// Returns the delay after a failed attempt. The first attempt has the number 1.
#[must_use]
pub fn wait_after(attempt: i32) -> TimeDelta {
    FIRST_WAIT * (1 << (attempt - 1).clamp(0, MAX_ATTEMPTS))
}

impl Model {
    /// Claims an e-mail. Returns `None` if another worker holds the e-mail, or if the e-mail is waiting for a retry or
    /// finished.
    ///
    /// The claim counts the attempt, so that an attempt that crashes the process is counted, too.
    pub async fn claim(db: &Database, pid: Uuid, now: DateTime<Utc>) -> AppResult<Option<Self>> {
        let free = Condition::any()
            .add(Column::Status.eq(QUEUED))
            .add(Column::Status.eq(SENDING).and(Column::DueAt.lt(timestamp(now))));
        let txn = db.begin_write().await?;
        let claimed = Entity::update_many()
            .col_expr(Column::Status, Expr::value(SENDING))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .col_expr(Column::DueAt, Expr::value(timestamp(now + LEASE)))
            .filter(Column::Pid.eq(pid))
            .filter(free)
            .filter(Column::Attempts.lt(MAX_ATTEMPTS))
            .exec(&txn)
            .await?;
        if claimed.rows_affected == 0 {
            return Ok(None);
        }
        let mail = Entity::find().filter(Column::Pid.eq(pid)).one(&txn).await?;
        txn.commit().await?;
        Ok(mail)
    }

    /// Schedules another attempt. After the last attempt, sets the final status `failed` instead and returns `false`.
    pub async fn retry_later(&self, db: &Database, now: DateTime<Utc>) -> AppResult<bool> {
        if self.attempts >= MAX_ATTEMPTS {
            self.failed(db, now).await?;
            return Ok(false);
        }
        let txn = db.begin_write().await?;
        Entity::update_many()
            .col_expr(Column::Status, Expr::value(WAITING))
            .col_expr(Column::DueAt, Expr::value(timestamp(now + wait_after(self.attempts))))
            .filter(self.this_attempt())
            .exec(&txn)
            .await?;
        txn.commit().await?;
        Ok(true)
    }

    /// Sets the final status `sent`.
    pub async fn sent(&self, db: &Database, now: DateTime<Utc>) -> AppResult<()> {
        self.end(db, SENT, now).await
    }

    /// Sets the final status `failed`.
    pub async fn failed(&self, db: &Database, now: DateTime<Utc>) -> AppResult<()> {
        self.end(db, FAILED, now).await
    }

    /// Deletes the row of an e-mail that must not be sent. If an earlier attempt has charged the mailbox quota, sets
    /// the final status `failed` instead, because the earlier attempt may have sent the e-mail.
    pub async fn discard(&self, db: &Database, now: DateTime<Utc>) -> AppResult<()> {
        if self.charged_at.is_some() {
            return self.failed(db, now).await;
        }
        let txn = db.begin_write().await?;
        Entity::delete_many().filter(self.this_attempt()).exec(&txn).await?;
        Ok(txn.commit().await?)
    }

    async fn end(&self, db: &Database, status: &str, now: DateTime<Utc>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        ended(Entity::update_many().filter(self.this_attempt()), status, now).exec(&txn).await?;
        Ok(txn.commit().await?)
    }

    /// Returns the oldest queued e-mail.
    pub async fn next(db: &Database) -> AppResult<Option<QueuedMail>> {
        let waiting = Entity::find().filter(Column::Status.eq(QUEUED)).filter(Column::Attempts.lt(MAX_ATTEMPTS));
        let oldest = waiting.order_by_asc(Column::Id).one(db).await?;
        Ok(oldest.map(|mail| QueuedMail { pid: mail.pid, request_id: mail.request_id }))
    }

    /// Cancels the unsent e-mails of a kind to an e-mail address. Also cancels a running attempt that has not prepared
    /// the e-mail yet ([`Model::prepare`]).
    pub async fn cancel(db: &impl ConnectionTrait, kind: MailKind, email: &str, now: DateTime<Utc>) -> AppResult<()> {
        let open = Entity::update_many().filter(Column::Status.is_in([QUEUED, SENDING, WAITING]));
        let open = open.filter(Column::Kind.eq(kind.name())).filter(Column::Email.eq(email));
        ended(open, FAILED, now).exec(db).await?;
        Ok(())
    }

    /// Requeues e-mails whose delay or lease has expired, and returns these e-mails. Sets the final status `failed` for
    /// e-mails without remaining attempts.
    pub async fn requeue_expired(db: &Database, now: DateTime<Utc>) -> AppResult<Vec<Self>> {
        let due = Column::Status.is_in([QUEUED, SENDING, WAITING]).and(Column::DueAt.lte(timestamp(now)));
        let found = Entity::find().filter(due.clone()).limit(REQUEUE_BATCH).all(db).await?;
        let mut requeued = Vec::new();
        for mail in found {
            if mail.attempts >= MAX_ATTEMPTS {
                mail.failed(db, now).await?;
                continue;
            }
            let txn = db.begin_write().await?;
            let updated = Entity::update_many()
                .col_expr(Column::Status, Expr::value(QUEUED))
                .col_expr(Column::DueAt, Expr::value(timestamp(now + REQUEUE_AFTER)))
                .filter(Column::Id.eq(mail.id))
                .filter(due.clone())
                .exec(&txn)
                .await?;
            txn.commit().await?;
            if updated.rows_affected == 1 {
                requeued.push(mail);
            }
        }
        Ok(requeued)
    }

    /// Returns a condition that matches the row only while this attempt runs. A later attempt has another attempt
    /// number.
    pub(super) fn this_attempt(&self) -> Condition {
        Condition::all()
            .add(Column::Id.eq(self.id))
            .add(Column::Status.eq(SENDING))
            .add(Column::Attempts.eq(self.attempts))
    }
}

/// Sets the final status of e-mails and deletes the recipient addresses.
fn ended(mails: UpdateMany<Entity>, status: &str, now: DateTime<Utc>) -> UpdateMany<Entity> {
    mails
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::Email, Expr::value(None::<String>))
        .col_expr(Column::DueAt, Expr::value(None::<DateTimeWithTimeZone>))
        .col_expr(Column::FinishedAt, Expr::value(timestamp(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delay_doubles_after_each_of_nine_attempts() {
        let waits: Vec<_> = (1..MAX_ATTEMPTS).map(|attempt| wait_after(attempt).num_seconds()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640]);
    }
}
