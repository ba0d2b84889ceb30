//! Files to be deleted: named in the transaction that removes their rows, so that a crash in between
//! leaves none behind for ever.

use std::path::Path;

use loco_rs::storage::Storage;
use sea_orm::{ActiveValue::Set, ConnectionTrait, QueryOrder, QuerySelect, entity::prelude::*};

pub use super::_entities::discarded_files::{ActiveModel, Column, Entity, Model};
use crate::{errors::AppResult, models::Database};

impl ActiveModelBehavior for ActiveModel {}

/// Files deleted between two looks at the list, and rows written at once.
const BATCH: usize = 100;

/// Names files that nothing else names from the transaction's end on.
pub async fn discard(txn: &impl ConnectionTrait, keys: &[String]) -> AppResult<()> {
    for batch in keys.chunks(BATCH) {
        let rows = batch.iter().map(|key| ActiveModel { storage_key: Set(key.clone()), ..Default::default() });
        Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Deletes files that were named. Their rows are gone whatever becomes of this: what stays is deleted
/// later.
pub async fn delete(db: &Database, storage: &Storage, keys: &[String]) {
    for batch in keys.chunks(BATCH) {
        let named = Entity::find().filter(Column::StorageKey.is_in(batch));
        let deleted = match named.all(db).await {
            Ok(rows) => delete_rows(db, storage, rows).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = deleted {
            return tracing::warn!(%error, "files without a row are deleted later");
        }
    }
}

/// Deletes every file that is named. One that cannot be deleted stays named for the next time.
///
/// # Errors
/// When the database is gone.
pub async fn delete_all(db: &Database, storage: &Storage) -> AppResult<()> {
    let mut seen = 0;
    loop {
        let next = Entity::find().filter(Column::Id.gt(seen)).order_by_asc(Column::Id).limit(BATCH as u64);
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
            Err(error) => tracing::warn!(%error, key = row.storage_key, "a file could not be deleted yet"),
        }
    }
    let txn = db.begin_write().await?;
    Entity::delete_many().filter(Column::Id.is_in(deleted)).exec(&txn).await?;
    Ok(txn.commit().await?)
}
