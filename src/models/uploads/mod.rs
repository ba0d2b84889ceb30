//! Files that people hand over: each belongs to one person and is reached through them alone.

mod media_type;
mod receive;

use loco_rs::storage::Storage;
use sea_orm::{FromQueryResult, ModelTrait, QueryOrder, QuerySelect, entity::prelude::*, sea_query::ExprTrait};
use serde::Serialize;

pub use super::_entities::uploads::{ActiveModel, Column, Entity, Model};
pub use receive::{Incoming, MAX_NAME_BYTES};

use super::{
    Database, discarded_files,
    pages::{Page, PageRequest},
    users,
};
use crate::errors::{AppError, AppResult};

impl ActiveModelBehavior for ActiveModel {}

/// The type of whole numbers in both databases.
const BIGINT: &str = "bigint";

/// What a user has stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromQueryResult, Serialize)]
pub struct Usage {
    pub files: i64,
    /// Nothing where there is no file.
    pub bytes: Option<i64>,
}

impl Model {
    /// One of a user's own files.
    pub async fn find_for(db: &Database, user: &users::Model, pid: Uuid) -> AppResult<Self> {
        user.find_related(Entity).filter(Column::Pid.eq(pid)).one(db).await?.ok_or_else(AppError::not_found)
    }

    /// A user's files, newest first.
    pub async fn list_for(db: &Database, user: &users::Model, request: PageRequest) -> AppResult<Page<Self>> {
        Page::fetch(db, user.find_related(Entity).order_by_desc(Column::Id), request).await
    }

    /// Those of these ids that belong to the user of this key.
    pub async fn find_all_owned(db: &Database, user_id: i64, pids: Vec<Uuid>) -> AppResult<Vec<Self>> {
        Ok(Entity::find().filter(Column::UserId.eq(user_id)).filter(Column::Pid.is_in(pids)).all(db).await?)
    }

    /// How many files a user has, and their bytes together.
    pub async fn usage_of(db: &impl ConnectionTrait, user: &users::Model) -> AppResult<Usage> {
        // PostgreSQL's sum of whole numbers is a decimal one.
        let usage = user.find_related(Entity).select_only().column_as(Column::Id.count(), "files");
        let usage = usage.column_as(Column::Size.sum().cast_as(BIGINT), "bytes");
        let usage = usage.into_model::<Usage>().one(db).await?;
        Ok(usage.unwrap_or_default())
    }

    /// The bytes of all of a user's files.
    async fn bytes_of(db: &impl ConnectionTrait, user: &users::Model) -> AppResult<u64> {
        let bytes = Self::usage_of(db, user).await?.bytes.unwrap_or_default();
        u64::try_from(bytes).map_err(AppError::internal)
    }

    /// Removes the row, then the file, which a crash in between leaves named for removal.
    pub async fn remove(self, db: &Database, storage: &Storage) -> AppResult<()> {
        let keys = [self.storage_key.clone()];
        let txn = db.begin_write().await?;
        self.delete(&txn).await?;
        discarded_files::discard(&txn, &keys).await?;
        txn.commit().await?;
        discarded_files::delete(db, storage, &keys).await;
        Ok(())
    }
}
