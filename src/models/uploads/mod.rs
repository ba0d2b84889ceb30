//! Files that people hand over: each belongs to one person and is reached through them alone.

mod media_type;
mod receive;

use loco_rs::storage::Storage;
use sea_orm::{ModelTrait, QueryOrder, entity::prelude::*};
use std::path::Path;

pub use super::_entities::uploads::{ActiveModel, Column, Entity, Model};
pub use receive::{Incoming, MAX_NAME_BYTES};

use super::{
    pages::{Page, PageRequest},
    users,
};
use crate::errors::{AppError, AppResult};

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// One of a user's own files.
    pub async fn find_for(db: &DatabaseConnection, user: &users::Model, pid: Uuid) -> AppResult<Self> {
        user.find_related(Entity).filter(Column::Pid.eq(pid)).one(db).await?.ok_or_else(AppError::not_found)
    }

    /// A user's files, newest first.
    pub async fn list_for(db: &DatabaseConnection, user: &users::Model, request: PageRequest) -> AppResult<Page<Self>> {
        Page::fetch(db, user.find_related(Entity).order_by_desc(Column::Id), request).await
    }

    /// Those of these ids that belong to the user of this key.
    pub async fn find_all_owned(db: &DatabaseConnection, user_id: i64, pids: Vec<Uuid>) -> AppResult<Vec<Self>> {
        Ok(Entity::find().filter(Column::UserId.eq(user_id)).filter(Column::Pid.is_in(pids)).all(db).await?)
    }

    /// Removes the row, then the file: what a crash in between leaves is a file that nothing names.
    pub async fn remove(self, db: &DatabaseConnection, storage: &Storage) -> AppResult<()> {
        let key = self.storage_key.clone();
        self.delete(db).await?;
        if let Err(error) = storage.delete(Path::new(&key)).await {
            tracing::warn!(%error, key, "the file of a removed upload could not be deleted");
        }
        Ok(())
    }
}
