//! Files to be deleted.
//!
//! A file is listed here before the file is written. The transaction that inserts the row of the file removes the file
//! from the list. The transaction that deletes the row lists the file again. A file without a row is therefore deleted
//! later, even after a crash.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use loco_rs::storage::Storage;
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, QuerySelect, entity::prelude::*};

pub use super::_entities::discarded_files::{ActiveModel, Column, Entity, Model};
use crate::{errors::AppResult, models::Database};

impl ActiveModelBehavior for ActiveModel {}

/// Maximum number of rows that one statement reads, inserts or deletes.
const BATCH: usize = 100;
/// Delay before the next attempt after a failed deletion.
const RETRY_AFTER: TimeDelta = TimeDelta::minutes(10);
/// Number of consecutive failures after which the deletion stops, because a failed deletion may take seconds.
const MAX_FAILURES: usize = 3;

/// Adds files to the list of discarded files. After the commit, no row may refer to these files. The files are due for
/// deletion at `delete_after`.
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

/// Deletes the listed files with these keys. A failure is only logged, because [`delete_due`] tries again.
pub async fn delete(db: &Database, storage: &Storage, keys: &[String]) {
    for batch in keys.chunks(BATCH) {
        let listed = Entity::find().filter(Column::StorageKey.is_in(batch));
        let deleted = match listed.all(db).await {
            Ok(rows) => Attempt::at(storage, rows).await.record(db, None).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = deleted {
            return tracing::warn!(%error, "deleting discarded files failed and is retried");
        }
    }
}

/// Deletes every listed file that is due. After a failure, the file is due again ten minutes later. Stops after three
/// consecutive failures, because the storage is probably unavailable.
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

/// Result of an attempt to delete files. Contains the row IDs of the files in `discarded_files`.
#[derive(Default)]
struct Attempt {
    deleted: Vec<i64>,
    failed: Vec<i64>,
    /// Whether the attempt stopped before all files were tried.
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
                tracing::warn!(%error, key = row.storage_key, "deleting a discarded file failed");
                failures += 1;
                attempt.failed.push(row.id);
            } else {
                failures = 0;
                attempt.deleted.push(row.id);
            }
        }
        attempt
    }

    /// Deletes the rows of the deleted files. If `retry_at` is set, the files whose deletion failed are due again at
    /// `retry_at`.
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
