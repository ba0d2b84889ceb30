//! Claims, renews, releases and requeues typesettings with conditional updates.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{Condition, ExprTrait, QuerySelect, entity::prelude::*};

use super::{Column, Entity, FAILED, Model, QUEUED, RUNNING, turns};
use crate::{
    errors::{AppResult, Code},
    models::{Database, storage_usage, timestamp},
};

/// Time for which a worker holds a typesetting without a renewal of the lease.
pub(super) const LEASE: TimeDelta = TimeDelta::seconds(15);
/// Interval between two renewals of a lease.
pub const HEARTBEAT: Duration = Duration::from_secs(5);
/// Time after which a queued typesetting is requeued for the first time.
pub(super) const REQUEUE_AFTER: TimeDelta = TimeDelta::seconds(60);
/// Maximum time between two requeues of a typesetting.
const MAX_REQUEUE_AFTER: TimeDelta = TimeDelta::hours(1);
/// Maximum number of attempts per typesetting. A document that crashes its process is therefore not retried forever.
pub const MAX_ATTEMPTS: i32 = 3;

/// Maximum number of typesettings that are requeued per batch.
const REQUEUE_BATCH: u64 = 100;

impl Model {
    /// Claims a typesetting. Returns `None` if another worker holds the typesetting, if the typesetting is finished, or
    /// if too many typesettings of its owner are running.
    ///
    /// The claim counts the attempt, so that an attempt that crashes the process is counted, too.
    pub async fn claim(db: &Database, pid: Uuid, now: DateTime<Utc>) -> AppResult<Option<Self>> {
        let free = Condition::any()
            .add(Column::Status.eq(QUEUED))
            .add(Column::Status.eq(RUNNING).and(Column::LeasedUntil.lt(timestamp(now))));
        let txn = db.begin_write().await?;
        let Some(owner) = turns::owner(&txn, pid).await? else { return Ok(None) };
        // Locks the owner, because concurrent workers could otherwise exceed the maximum number of running
        // typesettings.
        if !storage_usage::lock_owner(&txn, owner).await? || !turns::may_run_another(&txn, owner, now).await? {
            return Ok(None);
        }
        let claimed = Entity::update_many()
            .col_expr(Column::Status, Expr::value(RUNNING))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .col_expr(Column::LeasedUntil, Expr::value(timestamp(now + LEASE)))
            .filter(Column::Pid.eq(pid))
            .filter(free)
            .filter(Column::Attempts.lt(MAX_ATTEMPTS))
            .exec(&txn)
            .await?;
        if claimed.rows_affected == 0 {
            return Ok(None);
        }
        let typesetting = Entity::find().filter(Column::Pid.eq(pid)).one(&txn).await?;
        txn.commit().await?;
        Ok(typesetting)
    }

    /// Renews the lease. Returns `false` if another attempt holds the typesetting.
    pub async fn renew(&self, db: &Database, now: DateTime<Utc>) -> AppResult<bool> {
        let txn = db.begin_write().await?;
        let renewed = Entity::update_many()
            .col_expr(Column::LeasedUntil, Expr::value(timestamp(now + LEASE)))
            .filter(self.this_attempt())
            .exec(&txn)
            .await?;
        txn.commit().await?;
        Ok(renewed.rows_affected == 1)
    }

    /// Releases the typesetting for another attempt.
    pub async fn release(&self, db: &Database, now: DateTime<Utc>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        Entity::update_many()
            .col_expr(Column::Status, Expr::value(QUEUED))
            .col_expr(Column::LeasedUntil, Expr::value(timestamp(now)))
            .filter(self.this_attempt())
            .exec(&txn)
            .await?;
        Ok(txn.commit().await?)
    }

    /// Releases the typesetting without counting this attempt.
    pub async fn return_attempt(&self, db: &Database, now: DateTime<Utc>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        Entity::update_many()
            .col_expr(Column::Status, Expr::value(QUEUED))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1))
            .col_expr(Column::LeasedUntil, Expr::value(timestamp(now)))
            .filter(self.this_attempt())
            .exec(&txn)
            .await?;
        Ok(txn.commit().await?)
    }

    /// Requeues typesettings whose lease has expired, and returns these typesettings. Sets the status of typesettings
    /// without remaining attempts to `failed`.
    pub async fn requeue_expired(db: &Database, now: DateTime<Utc>) -> AppResult<Vec<Self>> {
        let expired = Column::Status.is_in([QUEUED, RUNNING]).and(Column::LeasedUntil.lte(timestamp(now)));
        fail_exhausted(db, expired.clone(), now).await?;
        let found = Entity::find().filter(expired.clone()).limit(REQUEUE_BATCH).all(db).await?;
        let mut requeued = Vec::new();
        for typesetting in found {
            let txn = db.begin_write().await?;
            let updated = Entity::update_many()
                .col_expr(Column::Status, Expr::value(QUEUED))
                .col_expr(Column::LeasedUntil, Expr::value(timestamp(now + typesetting.until_next_requeue(now))))
                .filter(Column::Id.eq(typesetting.id))
                .filter(expired.clone())
                .exec(&txn)
                .await?;
            txn.commit().await?;
            if updated.rows_affected == 1 {
                requeued.push(typesetting);
            }
        }
        Ok(requeued)
    }

    /// Returns the time until the next requeue: the age of the typesetting, at least [`REQUEUE_AFTER`] and at most
    /// [`MAX_REQUEUE_AFTER`]. The time grows with the age, because every requeue enqueues another job, even if no
    /// worker runs.
    fn until_next_requeue(&self, now: DateTime<Utc>) -> TimeDelta {
        (now - self.created_at.to_utc()).clamp(REQUEUE_AFTER, MAX_REQUEUE_AFTER)
    }

    /// Returns a condition that matches the row only while this attempt runs. A later attempt has another attempt
    /// number.
    pub(super) fn this_attempt(&self) -> Condition {
        Condition::all()
            .add(Column::Id.eq(self.id))
            .add(Column::Status.eq(RUNNING))
            .add(Column::Attempts.eq(self.attempts))
    }
}

async fn fail_exhausted(db: &Database, expired: Expr, now: DateTime<Utc>) -> AppResult<()> {
    let exhausted = Condition::all().add(expired).add(Column::Attempts.gte(MAX_ATTEMPTS));
    // Reads before writing, because a write takes SQLite's lock and there is seldom a row to update.
    if Entity::find().filter(exhausted.clone()).limit(1).one(db).await?.is_none() {
        return Ok(());
    }
    let txn = db.begin_write().await?;
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(FAILED))
        .col_expr(Column::ErrorCode, Expr::value(Code::InternalError.name()))
        .col_expr(Column::ErrorMessage, Expr::value(Code::InternalError.message()))
        .col_expr(Column::FinishedAt, Expr::value(timestamp(now)))
        .filter(exhausted)
        .exec(&txn)
        .await?;
    Ok(txn.commit().await?)
}
