//! Files that are written to the storage before their rows exist.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use loco_rs::storage::Storage;
use sea_orm::{ActiveValue::Set, ConnectionTrait, entity::prelude::*};
use tokio::time::timeout;

use super::{
    Database,
    discarded_files::{self, ActiveModel, Column, Entity},
};
use crate::errors::{AppError, AppResult};

/// Minimum time between the call of [`NewFile::keep`] and the time at which the file is due for deletion. The margin
/// allows for clock differences between processes and for the duration of the commit.
const MARGIN: TimeDelta = TimeDelta::seconds(30);
/// Maximum time that a failed request waits for the deletion of its file.
const DELETE_TIMEOUT: Duration = Duration::from_secs(2);

/// File that is listed in `discarded_files`. The file is deleted when the file is due, unless [`NewFile::keep`] has
/// removed the file from the list. The file is therefore deleted even if the client disconnects or `kill -9` ends the
/// process.
#[derive(Debug)]
pub struct NewFile {
    id: i64,
    /// Key of the file in the storage.
    pub key: String,
}

impl NewFile {
    /// Adds a file to `discarded_files` before its first byte is written. The caller must commit the row of the file
    /// within `lifetime`.
    pub async fn announce(db: &Database, key: String, lifetime: Duration, now: DateTime<Utc>) -> AppResult<Self> {
        let delete_after = now + TimeDelta::from_std(lifetime).map_err(AppError::internal)? + MARGIN * 2;
        let row =
            ActiveModel { storage_key: Set(key.clone()), delete_after: Set(delete_after.into()), ..Default::default() };
        let txn = db.begin_write().await?;
        let id = row.insert(&txn).await?.id;
        txn.commit().await?;
        Ok(Self { id, key })
    }

    /// Removes the file from the list. The same transaction must insert the row that refers to the file.
    ///
    /// # Errors
    /// `service_unavailable` if the file is due soon, because another process may be deleting the file.
    pub async fn keep(&self, txn: &impl ConnectionTrait, now: DateTime<Utc>) -> AppResult<()> {
        let not_due = Column::DeleteAfter.gt(DateTimeWithTimeZone::from(now + MARGIN));
        let kept = Entity::delete_many().filter(Column::Id.eq(self.id)).filter(not_due).exec(txn).await?;
        if kept.rows_affected == 1 { Ok(()) } else { Err(AppError::unavailable("the file took too long to store")) }
    }

    /// Deletes the file. If the deletion fails or exceeds two seconds, the file stays listed and is deleted later.
    pub async fn delete(self, db: &Database, storage: &Storage) {
        let keys = [self.key];
        if timeout(DELETE_TIMEOUT, discarded_files::delete(db, storage, &keys)).await.is_err() {
            tracing::warn!(key = keys[0], "deleting the file of a failed request timed out and is retried");
        }
    }
}
