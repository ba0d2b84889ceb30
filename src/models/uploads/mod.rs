//! Uploaded files. A file belongs to one user. Only this user can read or delete the file.

mod create;
mod media_type;

use chrono::{DateTime, Utc};
use loco_rs::storage::Storage;
use sea_orm::{ModelTrait, QueryOrder, entity::prelude::*};

pub use super::_entities::uploads::{ActiveModel, Column, Entity, Model};
pub use create::NewUpload;

use super::{
    Database, discarded_files,
    pagination::{Page, PageRequest},
    users,
};
use crate::errors::{AppError, AppResult};

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// Returns a file of a user.
    ///
    /// # Errors
    /// `not_found` if the user has no such file.
    pub async fn find_for(db: &Database, user: &users::Model, pid: Uuid) -> AppResult<Self> {
        user.find_related(Entity).filter(Column::Pid.eq(pid)).one(db).await?.ok_or_else(AppError::not_found)
    }

    /// Lists the files of a user, newest first.
    pub async fn list_for(db: &Database, user: &users::Model, request: PageRequest) -> AppResult<Page<Self>> {
        Page::fetch(db, user.find_related(Entity).order_by_desc(Column::Id), request).await
    }

    /// Returns the files with these public IDs that belong to a user.
    pub async fn find_all_owned(db: &Database, user_id: i64, pids: Vec<Uuid>) -> AppResult<Vec<Self>> {
        Ok(Entity::find().filter(Column::UserId.eq(user_id)).filter(Column::Pid.is_in(pids)).all(db).await?)
    }

    /// Deletes the row. Deletes the file after the commit. If the process crashes before it deletes the file, the purge
    /// deletes the file.
    pub async fn remove(self, db: &Database, storage: &Storage, now: DateTime<Utc>) -> AppResult<()> {
        let keys = [self.storage_key.clone()];
        let txn = db.begin_write().await?;
        self.delete(&txn).await?;
        discarded_files::discard(&txn, &keys, now).await?;
        txn.commit().await?;
        discarded_files::delete(db, storage, &keys).await;
        Ok(())
    }
}
