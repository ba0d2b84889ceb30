//! Markdown documents: each belongs to one person and is reached through them alone.

mod search;

use chrono::{DateTime, TimeDelta, Utc};
use loco_rs::storage::Storage;
use sea_orm::{ActiveValue::Set, IntoActiveModel, ModelTrait, QueryOrder, entity::prelude::*};

pub use super::_entities::documents::{ActiveModel, Column, Entity, Model};
use super::{
    Database, WriteTransaction, discarded_files,
    pages::{Page, PageRequest},
    storage_usage, typesettings, users,
};
use crate::errors::{AppError, AppResult};

impl ActiveModelBehavior for ActiveModel {}

/// Characters of a title at most.
pub const MAX_TITLE_CHARACTERS: usize = 200;
/// Bytes of a body at most: what the typesetter takes.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// A document in a list. Its body, up to 1 MiB, is not loaded: a page of a hundred would take 100 MiB.
#[derive(Debug, Clone, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Summary {
    pub pid: Uuid,
    pub title: String,
    pub created_at: DateTimeWithTimeZone,
    pub updated_at: DateTimeWithTimeZone,
}

/// What a person writes.
pub struct Text {
    pub title: String,
    pub body: String,
}

impl Model {
    /// Stores a new document of a user.
    ///
    /// # Errors
    /// `payload_too_large` over the user's quota, in bytes of all that the user stores.
    pub async fn create_for(
        db: &Database,
        user: &users::Model,
        text: Text,
        quota: u64,
        now: DateTime<Utc>,
    ) -> AppResult<Self> {
        let row = ActiveModel {
            pid: Set(Uuid::now_v7()),
            user_id: Set(user.id),
            title: Set(text.title),
            body: Set(text.body),
            created_at: Set(now.into()),
            updated_at: Set(now.into()),
            ..Default::default()
        };
        let txn = db.begin_write().await?;
        if !storage_usage::lock_owner(&txn, user.id).await? {
            return Err(AppError::unauthorized());
        }
        let document = row.insert(&txn).await?;
        storage_usage::check_quota(&txn, user.id, quota).await?;
        txn.commit().await?;
        Ok(document)
    }

    /// One of a user's own documents.
    pub async fn find_for(db: &Database, user: &users::Model, pid: Uuid) -> AppResult<Self> {
        user.find_related(Entity).filter(Column::Pid.eq(pid)).one(db).await?.ok_or_else(AppError::not_found)
    }

    /// A user's documents, newest first.
    pub async fn list_for(db: &Database, user: &users::Model, request: PageRequest) -> AppResult<Page<Summary>> {
        let newest_first = user.find_related(Entity).order_by_desc(Column::Id);
        Page::fetch(db, newest_first.into_partial_model::<Summary>(), request).await
    }

    /// Replaces the text of this version. Returns `None` if the document has been changed since.
    ///
    /// # Errors
    /// `payload_too_large` for a longer text over the user's quota.
    pub async fn rewrite_unless_changed(
        self,
        db: &Database,
        text: Text,
        since: DateTime<Utc>,
        quota: u64,
        now: DateTime<Utc>,
    ) -> AppResult<Option<Self>> {
        // Never the same time twice, so that of two who write at once the second one is told.
        let now = now.max(since + TimeDelta::microseconds(1));
        let rewrite = Entity::update_many()
            .col_expr(Column::Title, Expr::value(text.title.as_str()))
            .col_expr(Column::Body, Expr::value(text.body.as_str()))
            .col_expr(Column::UpdatedAt, Expr::value(DateTimeWithTimeZone::from(now)));
        let txn = db.begin_write().await?;
        storage_usage::lock_owner(&txn, self.user_id).await?;
        let unchanged = rewrite
            .filter(Column::Id.eq(self.id))
            .filter(Column::UpdatedAt.eq(DateTimeWithTimeZone::from(since)))
            .exec(&txn)
            .await?;
        self.check_growth(&txn, &text.title, &text.body, quota).await?;
        txn.commit().await?;
        let rewritten = || Self { title: text.title, body: text.body, updated_at: now.into(), ..self };
        Ok((unchanged.rows_affected == 1).then(rewritten))
    }

    /// Replaces the text.
    ///
    /// # Errors
    /// `payload_too_large` for a longer text over the user's quota.
    pub async fn rewrite(self, db: &Database, text: Text, quota: u64, now: DateTime<Utc>) -> AppResult<Self> {
        let mut row = self.clone().into_active_model();
        row.title = Set(text.title);
        row.body = Set(text.body);
        row.updated_at = Set(now.into());
        let txn = db.begin_write().await?;
        storage_usage::lock_owner(&txn, self.user_id).await?;
        let document = row.update(&txn).await?;
        self.check_growth(&txn, &document.title, &document.body, quota).await?;
        txn.commit().await?;
        Ok(document)
    }

    /// Checks the quota if the new text is longer than the old one: a user over the quota may shorten a text.
    async fn check_growth(&self, txn: &WriteTransaction, title: &str, body: &str, quota: u64) -> AppResult<()> {
        if title.len() + body.len() <= self.title.len() + self.body.len() {
            return Ok(());
        }
        storage_usage::check_quota(txn, self.user_id, quota).await
    }

    /// Removes the document and its typesettings, then their files, which a crash in between leaves listed for
    /// deletion.
    pub async fn remove(self, db: &Database, storage: &Storage, now: DateTime<Utc>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        let keys = typesettings::Model::lock_files(&txn, Entity::find_by_id(self.id)).await?;
        self.delete(&txn).await?;
        discarded_files::discard(&txn, &keys, now).await?;
        txn.commit().await?;
        discarded_files::delete(db, storage, &keys).await;
        Ok(())
    }
}
