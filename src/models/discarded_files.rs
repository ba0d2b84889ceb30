//! Files to be deleted. A file is listed here from before it is written until a row refers to it, and again
//! from the transaction that removes this row. A crash therefore leaves no file behind for good.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use loco_rs::storage::Storage;
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, QuerySelect, entity::prelude::*};

pub use super::_entities::discarded_files::{ActiveModel, Column, Entity, Model};
use crate::{errors::AppResult, models::Database};

impl ActiveModelBehavior for ActiveModel {}

/// Files deleted between two looks at the list, and rows written at once.
const BATCH: usize = 100;
/// How long a file that could not be deleted waits for the next attempt.
const RETRY_AFTER: TimeDelta = TimeDelta::minutes(10);
/// Failures in a row after which no further file is tried: each may take seconds.
const MAX_FAILURES: usize = 3;

/// Lists files to which no row refers any more once the transaction has committed. They are deleted after
/// this time.
pub async fn discard(txn: &impl ConnectionTrait, keys: &[String], delete_after: DateTime<Utc>) -> AppResult<()> {
    let row = |key: &String| ActiveModel {
        storage_key: Set(key.clone()),
        delete_after: Set(delete_after.into()),
        ..Default::default()
    };
    for batch in keys.chunks(BATCH) {
        Entity::insert_many(batch.iter().map(row)).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Deletes those of these files that are listed. A failure is only logged, because [`delete_due`] tries again.
pub async fn delete(db: &Database, storage: &Storage, keys: &[String]) {
    for batch in keys.chunks(BATCH) {
        let listed = Entity::find().filter(Column::StorageKey.is_in(batch));
        let deleted = match listed.all(db).await {
            Ok(rows) => Attempt::at(storage, rows).await.record(db, None).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = deleted {
            return tracing::warn!(%error, "discarded files are deleted later");
        }
    }
}

/// Deletes every file that is due. A file that cannot be deleted is due again ten minutes later. Three failures in a
/// row end the call, because the store is probably unavailable.
///
/// # Errors
/// If the database is unavailable.
pub async fn delete_due(db: &Database, storage: &Storage, now: DateTime<Utc>) -> AppResult<()> {
    let due = Entity::find().filter(Column::DeleteAfter.lte(DateTimeWithTimeZone::from(now)));
    loop {
        let rows = due.clone().order_by_asc(Column::DeleteAfter).limit(BATCH as u64).all(db).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let attempt = Attempt::at(storage, rows).await;
        let ended = attempt.is_given_up;
        attempt.record(db, Some(now + RETRY_AFTER)).await?;
        if ended {
            return Ok(());
        }
    }
}

/// The outcome of deleting some files, by the IDs of their rows.
#[derive(Default)]
struct Attempt {
    deleted: Vec<i64>,
    failed: Vec<i64>,
    /// Whether files are left that were not tried.
    is_given_up: bool,
}

impl Attempt {
    async fn at(storage: &Storage, rows: Vec<Model>) -> Self {
        let mut attempt = Self::default();
        let mut failures = 0;
        for row in rows {
            if failures == MAX_FAILURES {
                attempt.is_given_up = true;
                break;
            }
            if let Err(error) = storage.delete(Path::new(&row.storage_key)).await {
                tracing::warn!(%error, key = row.storage_key, "discarded file not deleted yet");
                failures += 1;
                attempt.failed.push(row.id);
            } else {
                failures = 0;
                attempt.deleted.push(row.id);
            }
        }
        attempt
    }

    /// Removes the rows of the deleted files. The other files are due again at `retry_at`, if given.
    async fn record(self, db: &Database, retry_at: Option<DateTime<Utc>>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        Entity::delete_many().filter(Column::Id.is_in(self.deleted)).exec(&txn).await?;
        if let Some(at) = retry_at {
            let at = Expr::value(DateTimeWithTimeZone::from(at));
            let failed = Entity::update_many().col_expr(Column::DeleteAfter, at);
            failed.filter(Column::Id.is_in(self.failed)).exec(&txn).await?;
        }
        Ok(txn.commit().await?)
    }
}
