//! Files to be deleted. A file is listed here from before it is written until a row refers to it, and again
//! from the transaction that removes this row. A crash therefore leaves no file behind for good.

use std::path::Path;

use chrono::{DateTime, Utc};
use loco_rs::storage::Storage;
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, QuerySelect, entity::prelude::*};

pub use super::_entities::discarded_files::{ActiveModel, Column, Entity, Model};
use crate::{errors::AppResult, models::Database};

impl ActiveModelBehavior for ActiveModel {}

/// Files deleted between two looks at the list, and rows written at once.
const BATCH: usize = 100;

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
            Ok(rows) => delete_rows(db, storage, rows).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = deleted {
            return tracing::warn!(%error, "discarded files are deleted later");
        }
    }
}

/// Deletes every file that is due. A file that cannot be deleted stays listed.
///
/// # Errors
/// If the database is unavailable.
pub async fn delete_due(db: &Database, storage: &Storage, now: DateTime<Utc>) -> AppResult<()> {
    let due = Entity::find().filter(Column::DeleteAfter.lte(DateTimeWithTimeZone::from(now)));
    let mut seen = 0;
    loop {
        let next = due.clone().filter(Column::Id.gt(seen)).order_by_asc(Column::Id).limit(BATCH as u64);
        let rows = next.all(db).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        seen = last.id;
        delete_rows(db, storage, rows).await?;
    }
}

async fn delete_rows(db: &Database, storage: &Storage, rows: Vec<Model>) -> AppResult<()> {
    let mut deleted = Vec::new();
    for row in rows {
        match storage.delete(Path::new(&row.storage_key)).await {
            Ok(()) => deleted.push(row.id),
            Err(error) => tracing::warn!(%error, key = row.storage_key, "discarded file not deleted yet"),
        }
    }
    if deleted.is_empty() {
        return Ok(());
    }
    let txn = db.begin_write().await?;
    Entity::delete_many().filter(Column::Id.is_in(deleted)).exec(&txn).await?;
    Ok(txn.commit().await?)
}
