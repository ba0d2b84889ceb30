//! Who works on an order, and until when: taken, renewed and lost by conditional updates alone.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{Condition, ExprTrait, QuerySelect, entity::prelude::*};

use super::{Column, Entity, FAILED, Model, QUEUED, RUNNING};
use crate::{
    errors::{AppResult, Code},
    models::Database,
};

/// How long a worker keeps an order without a sign of life.
pub(super) const LEASE: TimeDelta = TimeDelta::seconds(15);
/// How often a worker gives that sign.
pub const HEARTBEAT: Duration = Duration::from_secs(5);
/// How long an order may lie in the queue before it is offered again, the first time.
pub(super) const OFFER: TimeDelta = TimeDelta::seconds(60);
/// The longest time between two offers.
const OFFER_MOST: TimeDelta = TimeDelta::hours(1);
/// Runs of one order at most: one that kills its process does not do so for ever.
pub const MAX_ATTEMPTS: i32 = 3;

/// Orders offered again in one go.
const SWEEP: u64 = 100;

impl Model {
    /// Takes an order to work on it; nothing where another has it, or where it is finished.
    ///
    /// The attempt is counted before the run, so that a run that kills the process counts too.
    pub async fn claim(db: &Database, pid: Uuid, now: DateTime<Utc>) -> AppResult<Option<Self>> {
        let free = Condition::any()
            .add(Column::Status.eq(QUEUED))
            .add(Column::Status.eq(RUNNING).and(Column::LeasedUntil.lt(stamp(now))));
        let txn = db.begin_write().await?;
        let claimed = Entity::update_many()
            .col_expr(Column::Status, Expr::value(RUNNING))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .col_expr(Column::LeasedUntil, Expr::value(stamp(now + LEASE)))
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

    /// Keeps an order for another while; `false` where it is no longer this attempt's.
    pub async fn renew(&self, db: &Database, now: DateTime<Utc>) -> AppResult<bool> {
        let txn = db.begin_write().await?;
        let renewed = Entity::update_many()
            .col_expr(Column::LeasedUntil, Expr::value(stamp(now + LEASE)))
            .filter(self.this_attempt())
            .exec(&txn)
            .await?;
        txn.commit().await?;
        Ok(renewed.rows_affected == 1)
    }

    /// Gives an order back for another attempt.
    pub async fn release(&self, db: &Database, now: DateTime<Utc>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        Entity::update_many()
            .col_expr(Column::Status, Expr::value(QUEUED))
            .col_expr(Column::LeasedUntil, Expr::value(stamp(now)))
            .filter(self.this_attempt())
            .exec(&txn)
            .await?;
        Ok(txn.commit().await?)
    }

    /// Gives an order back as if this attempt had not begun.
    pub async fn return_attempt(&self, db: &Database, now: DateTime<Utc>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        Entity::update_many()
            .col_expr(Column::Status, Expr::value(QUEUED))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1))
            .col_expr(Column::LeasedUntil, Expr::value(stamp(now)))
            .filter(self.this_attempt())
            .exec(&txn)
            .await?;
        Ok(txn.commit().await?)
    }

    /// The orders to offer again: their lease has run out. Those that have had all their attempts
    /// are failed instead.
    pub async fn sweep(db: &Database, now: DateTime<Utc>) -> AppResult<Vec<Self>> {
        let stale = Column::Status.is_in([QUEUED, RUNNING]).and(Column::LeasedUntil.lte(stamp(now)));
        fail_exhausted(db, stale.clone(), now).await?;
        let found = Entity::find().filter(stale.clone()).limit(SWEEP).all(db).await?;
        let mut offered = Vec::new();
        for order in found {
            let txn = db.begin_write().await?;
            let ours = Entity::update_many()
                .col_expr(Column::Status, Expr::value(QUEUED))
                .col_expr(Column::LeasedUntil, Expr::value(stamp(now + order.until_next_offer(now))))
                .filter(Column::Id.eq(order.id))
                .filter(stale.clone())
                .exec(&txn)
                .await?;
            txn.commit().await?;
            if ours.rows_affected == 1 {
                offered.push(order);
            }
        }
        Ok(offered)
    }

    /// As long as it has waited already: where nobody works, each offer is one more job in the queue.
    fn until_next_offer(&self, now: DateTime<Utc>) -> TimeDelta {
        (now - self.created_at.to_utc()).clamp(OFFER, OFFER_MOST)
    }

    /// Only while it is still this attempt that runs: a later one has another number.
    pub(super) fn this_attempt(&self) -> Condition {
        Condition::all()
            .add(Column::Id.eq(self.id))
            .add(Column::Status.eq(RUNNING))
            .add(Column::Attempts.eq(self.attempts))
    }
}

async fn fail_exhausted(db: &Database, stale: Expr, now: DateTime<Utc>) -> AppResult<()> {
    let exhausted = Condition::all().add(stale).add(Column::Attempts.gte(MAX_ATTEMPTS));
    // Looked for first, because nearly always there is none and a write takes SQLite's lock.
    if Entity::find().filter(exhausted.clone()).limit(1).one(db).await?.is_none() {
        return Ok(());
    }
    let txn = db.begin_write().await?;
    Entity::update_many()
        .col_expr(Column::Status, Expr::value(FAILED))
        .col_expr(Column::ErrorCode, Expr::value(Code::InternalError.name()))
        .col_expr(Column::ErrorMessage, Expr::value(Code::InternalError.message()))
        .col_expr(Column::FinishedAt, Expr::value(stamp(now)))
        .filter(exhausted)
        .exec(&txn)
        .await?;
    Ok(txn.commit().await?)
}

fn stamp(at: DateTime<Utc>) -> DateTimeWithTimeZone {
    at.into()
}
