//! A file that is written before its row exists.

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

/// A file is kept only until this long before it is due, because the clocks of two processes differ and a
/// commit takes time.
const MARGIN: TimeDelta = TimeDelta::seconds(30);
/// How long a failed request waits for the deletion of its file.
const DELETE_TIMEOUT: Duration = Duration::from_secs(2);

/// A file that is listed in `discarded_files`. It is deleted once it is due, unless [`NewFile::keep`] has
/// removed it from this list. Neither a client that disconnects nor `kill -9` leaves it behind.
#[derive(Debug)]
pub struct NewFile {
    id: i64,
    /// The file's key in the store.
    pub key: String,
}

impl NewFile {
    /// Lists a file before its first byte is written. Its row must be committed within `lifetime`.
    pub async fn announce(db: &Database, key: String, lifetime: Duration, now: DateTime<Utc>) -> AppResult<Self> {
        let delete_after = now + TimeDelta::from_std(lifetime).map_err(AppError::internal)? + MARGIN * 2;
        let row =
            ActiveModel { storage_key: Set(key.clone()), delete_after: Set(delete_after.into()), ..Default::default() };
        let txn = db.begin_write().await?;
        let id = row.insert(&txn).await?.id;
        txn.commit().await?;
        Ok(Self { id, key })
    }

    /// Keeps the file from the transaction's commit on. The transaction also inserts the row that refers to it.
    ///
    /// # Errors
    /// `service_unavailable` if the file is due soon: another process may be deleting it.
    pub async fn keep(&self, txn: &impl ConnectionTrait, now: DateTime<Utc>) -> AppResult<()> {
        let not_due = Column::DeleteAfter.gt(DateTimeWithTimeZone::from(now + MARGIN));
        let kept = Entity::delete_many().filter(Column::Id.eq(self.id)).filter(not_due).exec(txn).await?;
        if kept.rows_affected == 1 { Ok(()) } else { Err(AppError::unavailable("the file took too long to store")) }
    }

    /// Deletes the file, because no row will refer to it. If this fails or takes long, the file stays listed and is
    /// deleted later.
    pub async fn delete(self, db: &Database, storage: &Storage) {
        let keys = [self.key];
        if timeout(DELETE_TIMEOUT, discarded_files::delete(db, storage, &keys)).await.is_err() {
            tracing::warn!(key = keys[0], "the file of a failed request is deleted later");
        }
    }
}
