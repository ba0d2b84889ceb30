//! Who sends a mail, and until when: taken, put off and ended by conditional updates alone.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{Condition, ConnectionTrait, ExprTrait, QueryOrder, QuerySelect, UpdateMany, entity::prelude::*};

use super::{Column, Entity, FAILED, Kind, Model, Ordered, QUEUED, SENDING, SENT, WAITING};
use crate::{errors::AppResult, models::Database};

/// How long a worker keeps a mail: an attempt takes 30 s at most.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How long an order may lie in the queue before it is offered again.
pub(super) const OFFER: TimeDelta = TimeDelta::seconds(60);
/// The wait before the second attempt; each one after it is twice as long.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);
/// Attempts at one mail: the first, and eight more over 21 minutes.
pub const MAX_ATTEMPTS: i32 = 9;

/// Mails offered again in one go.
const SWEEP: u64 = 100;

/// How long to wait after this attempt, counted from 1.
#[must_use]
pub fn wait_after(attempt: i32) -> TimeDelta {
    FIRST_WAIT * (1 << (attempt - 1).clamp(0, MAX_ATTEMPTS))
}

impl Model {
    /// Takes a mail to send it; nothing where another has it, or where it is not its time.
    ///
    /// The attempt is counted before it is made, so that one that kills the process counts too.
    pub async fn claim(db: &Database, pid: Uuid, now: DateTime<Utc>) -> AppResult<Option<Self>> {
        let free = Condition::any()
            .add(Column::Status.eq(QUEUED))
            .add(Column::Status.eq(SENDING).and(Column::DueAt.lt(stamp(now))));
        let txn = db.begin_write().await?;
        let claimed = Entity::update_many()
            .col_expr(Column::Status, Expr::value(SENDING))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .col_expr(Column::DueAt, Expr::value(stamp(now + LEASE)))
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

    /// Puts a mail off that could not be sent; `false` where it has had all its attempts, which ends it.
    pub async fn put_off(&self, db: &Database, now: DateTime<Utc>) -> AppResult<bool> {
        if self.attempts >= MAX_ATTEMPTS {
            self.failed(db, now).await?;
            return Ok(false);
        }
        let txn = db.begin_write().await?;
        Entity::update_many()
            .col_expr(Column::Status, Expr::value(WAITING))
            .col_expr(Column::DueAt, Expr::value(stamp(now + wait_after(self.attempts))))
            .filter(self.this_attempt())
            .exec(&txn)
            .await?;
        txn.commit().await?;
        Ok(true)
    }

    /// The mail server has taken it.
    pub async fn sent(&self, db: &Database, now: DateTime<Utc>) -> AppResult<()> {
        self.end(db, SENT, now).await
    }

    /// It cannot be sent, and trying again would not help.
    pub async fn failed(&self, db: &Database, now: DateTime<Utc>) -> AppResult<()> {
        self.end(db, FAILED, now).await
    }

    /// There is nothing to send: nothing of it is kept, but that its mailbox may have got it before.
    pub async fn dismiss(&self, db: &Database, now: DateTime<Utc>) -> AppResult<()> {
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

    /// The mail that has waited longest for a worker.
    pub async fn next(db: &Database) -> AppResult<Option<Ordered>> {
        let waiting = Entity::find().filter(Column::Status.eq(QUEUED)).filter(Column::Attempts.lt(MAX_ATTEMPTS));
        let oldest = waiting.order_by_asc(Column::Id).one(db).await?;
        Ok(oldest.map(|mail| Ordered { pid: mail.pid, request_id: mail.request_id }))
    }

    /// Ends what was ordered for an address and has not left, because it is to leave no more. An attempt
    /// that runs finds that it is no longer its own, unless its letter is written already.
    pub async fn withdraw(db: &impl ConnectionTrait, kind: Kind, email: &str, now: DateTime<Utc>) -> AppResult<()> {
        let open = Entity::update_many().filter(Column::Status.is_in([QUEUED, SENDING, WAITING]));
        let open = open.filter(Column::Kind.eq(kind.name())).filter(Column::Email.eq(email));
        ended(open, FAILED, now).exec(db).await?;
        Ok(())
    }

    /// The mails to offer again: their wait is over, or whoever had them gave no sign. Those that have
    /// had all their attempts are ended instead.
    pub async fn sweep(db: &Database, now: DateTime<Utc>) -> AppResult<Vec<Self>> {
        let due = Column::Status.is_in([QUEUED, SENDING, WAITING]).and(Column::DueAt.lte(stamp(now)));
        let found = Entity::find().filter(due.clone()).limit(SWEEP).all(db).await?;
        let mut offered = Vec::new();
        for mail in found {
            if mail.attempts >= MAX_ATTEMPTS {
                mail.failed(db, now).await?;
                continue;
            }
            let txn = db.begin_write().await?;
            let ours = Entity::update_many()
                .col_expr(Column::Status, Expr::value(QUEUED))
                .col_expr(Column::DueAt, Expr::value(stamp(now + OFFER)))
                .filter(Column::Id.eq(mail.id))
                .filter(due.clone())
                .exec(&txn)
                .await?;
            txn.commit().await?;
            if ours.rows_affected == 1 {
                offered.push(mail);
            }
        }
        Ok(offered)
    }

    /// Only while it is still this attempt that runs: a later one has another number.
    pub(super) fn this_attempt(&self) -> Condition {
        Condition::all()
            .add(Column::Id.eq(self.id))
            .add(Column::Status.eq(SENDING))
            .add(Column::Attempts.eq(self.attempts))
    }
}

/// No address is kept of what came to its end.
fn ended(mails: UpdateMany<Entity>, status: &str, now: DateTime<Utc>) -> UpdateMany<Entity> {
    mails
        .col_expr(Column::Status, Expr::value(status))
        .col_expr(Column::Email, Expr::value(None::<String>))
        .col_expr(Column::DueAt, Expr::value(None::<DateTimeWithTimeZone>))
        .col_expr(Column::FinishedAt, Expr::value(stamp(now)))
}

pub(super) fn stamp(at: DateTime<Utc>) -> DateTimeWithTimeZone {
    at.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_waits_follow_the_first_attempt_each_twice_as_long_as_the_one_before() {
        let waits: Vec<_> = (1..MAX_ATTEMPTS).map(|attempt| wait_after(attempt).num_seconds()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640]);
    }
}
