//! Checks whether commits succeed, for the health check.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

pub use super::_entities::commit_probes::{ActiveModel, Column, Entity, Model};
use super::Database;
use crate::errors::AppResult;

impl ActiveModelBehavior for ActiveModel {}

/// Maximum age at which the outcome of the newest commit is used instead of a probe.
const FRESH: Duration = Duration::from_secs(10);

/// Returns whether commits succeed. Uses the outcome of the newest commit if the commit is less than ten seconds old.
/// Otherwise, probes the database with a write.
pub async fn commits_work(db: &Database, now: DateTime<Utc>) -> bool {
    match db.commits().newest() {
        Some(newest) if newest.at.elapsed() < FRESH => newest.succeeded,
        _ => probe(db, now).await,
    }
}

async fn probe(db: &Database, now: DateTime<Utc>) -> bool {
    // Records a failure before the write. If the write hangs, the next health check then returns this failure instead
    // of starting another write.
    db.commits().record(false);
    let started = Instant::now();
    match write(db, now).await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(event = "commit_failed", %error, duration = ?started.elapsed(), "commit failed");
            db.commits().record(false);
            false
        }
    }
}

async fn write(db: &Database, now: DateTime<Utc>) -> AppResult<()> {
    let txn = db.begin_write().await?;
    let probed = Entity::update_many().col_expr(Column::ProbedAt, Expr::value(DateTimeWithTimeZone::from(now)));
    probed.exec(&txn).await?;
    Ok(txn.commit().await?)
}
