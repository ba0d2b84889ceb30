//! Markdown documents. A document belongs to one user. Only this user can read or change the document.

mod search;

use chrono::{DateTime, TimeDelta, Utc};
use loco_rs::storage::Storage;
use migration::folding::fold;
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ConnectionTrait, ModelTrait, QueryOrder,
    entity::prelude::*,
};

pub use super::_entities::documents::{ActiveModel, Column, Entity, Model};
use super::{
    Database, discarded_files,
    pagination::{Page, PageRequest},
    storage_usage::{self, Growth},
    typesettings, users,
};
use crate::errors::{AppError, AppResult, Code};

#[async_trait::async_trait]
impl ActiveModelBehavior for ActiveModel {
    /// Also stores the folded form of a new title, because the search compares folded titles.
    async fn before_save<C: ConnectionTrait>(mut self, _: &C, _: bool) -> Result<Self, DbErr> {
        if let Set(title) = &self.title {
            self.folded_title = Set(fold(title));
        }
        Ok(self)
    }
}

/// Maximum length of a title, in characters.
pub const MAX_TITLE_CHARACTERS: usize = 200;
/// Maximum size of a body, in bytes. The typesetter has the same limit.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Document without its body, for lists and for requests that do not use the body. A body takes up to 1 MiB of memory.
#[derive(Debug, Clone, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
pub struct Summary {
    pub id: i64,
    pub pid: Uuid,
    pub user_id: i64,
    pub title: String,
    pub created_at: DateTimeWithTimeZone,
    pub updated_at: DateTimeWithTimeZone,
}

/// Title and body of a document.
pub struct DocumentText {
    pub title: String,
    pub body: String,
}

impl Model {
    /// Stores a new document of a user.
    ///
    /// # Errors
    /// `payload_too_large` if the user would exceed the quota. `unauthorized` if the user no longer exists.
    pub async fn create_for(
        db: &Database,
        user: &users::Model,
        text: DocumentText,
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

    /// Returns a user's document, including the body.
    ///
    /// # Errors
    /// `not_found` if the user has no such document.
    pub async fn find_for(db: &Database, user: &users::Model, pid: Uuid) -> AppResult<Self> {
        user.find_related(Entity).filter(Column::Pid.eq(pid)).one(db).await?.ok_or_else(AppError::not_found)
    }

    /// Lists the documents of a user, newest first.
    pub async fn list_for(db: &Database, user: &users::Model, request: PageRequest) -> AppResult<Page<Summary>> {
        let newest_first = user.find_related(Entity).order_by_desc(Column::Id);
        Page::fetch(db, newest_first.into_partial_model::<Summary>(), request).await
    }
}

impl From<Model> for Summary {
    fn from(Model { id, pid, user_id, title, created_at, updated_at, .. }: Model) -> Self {
        Self { id, pid, user_id, title, created_at, updated_at }
    }
}

impl Summary {
    /// Returns a user's document, without the body.
    ///
    /// # Errors
    /// `not_found` if the user has no such document.
    pub async fn find_for(db: &Database, user: &users::Model, pid: Uuid) -> AppResult<Self> {
        let found = user.find_related(Entity).filter(Column::Pid.eq(pid)).into_partial_model().one(db).await?;
        found.ok_or_else(AppError::not_found)
    }

    /// Replaces the title and the body. `version` is the update time of the version that the client has edited. If
    /// `version` is set and the document has another update time, changes nothing.
    ///
    /// # Errors
    /// `conflict` if the document has changed. `payload_too_large` if the new text is longer and the user would exceed
    /// the quota.
    pub async fn update_from(
        self,
        db: &Database,
        text: DocumentText,
        version: Option<DateTime<Utc>>,
        quota: u64,
        now: DateTime<Utc>,
    ) -> AppResult<Self> {
        let Some(version) = version else { return Ok(self.update(db, text, quota, now).await?.into()) };
        let saved = self.update_unless_changed(db, text, version, quota, now).await?;
        saved.ok_or_else(|| AppError::new(Code::Conflict))
    }

    /// Replaces the title and the body. `since` is the update time of the version that the client has edited. Returns
    /// `None` and changes nothing if the document has another update time.
    ///
    /// # Errors
    /// `payload_too_large` if the new text is longer and the user would exceed the quota.
    pub async fn update_unless_changed(
        self,
        db: &Database,
        text: DocumentText,
        since: DateTime<Utc>,
        quota: u64,
        now: DateTime<Utc>,
    ) -> AppResult<Option<Self>> {
        // The new version is later than `since`, so that the second of two concurrent requests is rejected.
        let now = now.max(since + TimeDelta::microseconds(1));
        let update = Entity::update_many()
            .col_expr(Column::Title, Expr::value(text.title.as_str()))
            .col_expr(Column::FoldedTitle, Expr::value(fold(&text.title)))
            .col_expr(Column::Body, Expr::value(text.body.as_str()))
            .col_expr(Column::UpdatedAt, Expr::value(DateTimeWithTimeZone::from(now)));
        let txn = db.begin_write().await?;
        let growth = Growth::begin(&txn, self.user_id, quota).await?;
        let unchanged = update
            .filter(Column::Id.eq(self.id))
            .filter(Column::UpdatedAt.eq(DateTimeWithTimeZone::from(since)))
            .exec(&txn)
            .await?;
        if unchanged.rows_affected == 0 {
            return Ok(None);
        }
        growth.check(&txn).await?;
        txn.commit().await?;
        Ok(Some(Self { title: text.title, updated_at: now.into(), ..self }))
    }

    /// Replaces the title and the body.
    ///
    /// # Errors
    /// `payload_too_large` if the new text is longer and the user would exceed the quota.
    pub async fn update(self, db: &Database, text: DocumentText, quota: u64, now: DateTime<Utc>) -> AppResult<Model> {
        let row = ActiveModel {
            id: Unchanged(self.id),
            title: Set(text.title),
            body: Set(text.body),
            updated_at: Set(now.into()),
            ..Default::default()
        };
        let txn = db.begin_write().await?;
        let growth = Growth::begin(&txn, self.user_id, quota).await?;
        let document = row.update(&txn).await?;
        growth.check(&txn).await?;
        txn.commit().await?;
        Ok(document)
    }

    /// Deletes the document and its typesettings. Deletes the PDF files after the commit. If the process crashes before
    /// it deletes the files, the purge deletes the files.
    pub async fn remove(self, db: &Database, storage: &Storage, now: DateTime<Utc>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        let keys = typesettings::Model::lock_files(&txn, Entity::find_by_id(self.id)).await?;
        Entity::delete_by_id(self.id).exec(&txn).await?;
        discarded_files::discard(&txn, &keys, now).await?;
        txn.commit().await?;
        discarded_files::delete(db, storage, &keys).await;
        Ok(())
    }
}
