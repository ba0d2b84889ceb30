//! Markdown documents: each belongs to one person and is reached through them alone.

mod search;

use chrono::{DateTime, TimeDelta, Utc};
use loco_rs::storage::Storage;
use sea_orm::{ActiveValue::Set, IntoActiveModel, ModelTrait, QueryOrder, entity::prelude::*};

pub use super::_entities::documents::{ActiveModel, Column, Entity, Model};
use super::{
    Database, discarded_files,
    pages::{Page, PageRequest},
    typesettings, users,
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
    pub async fn create_for(db: &Database, user: &users::Model, text: Text, now: DateTime<Utc>) -> AppResult<Self> {
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
        let document = row.insert(&txn).await?;
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

    /// Takes a new text in place of the one of this time; nothing where it has been changed since.
    pub async fn rewrite_unless_changed(
        self,
        db: &Database,
        text: Text,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> AppResult<Option<Self>> {
        // Never the same time twice, so that of two who write at once the second one is told.
        let now = now.max(since + TimeDelta::microseconds(1));
        let rewrite = Entity::update_many()
            .col_expr(Column::Title, Expr::value(text.title.as_str()))
            .col_expr(Column::Body, Expr::value(text.body.as_str()))
            .col_expr(Column::UpdatedAt, Expr::value(DateTimeWithTimeZone::from(now)));
        let txn = db.begin_write().await?;
        let unchanged = rewrite
            .filter(Column::Id.eq(self.id))
            .filter(Column::UpdatedAt.eq(DateTimeWithTimeZone::from(since)))
            .exec(&txn)
            .await?;
        txn.commit().await?;
        let rewritten = || Self { title: text.title, body: text.body, updated_at: now.into(), ..self };
        Ok((unchanged.rows_affected == 1).then(rewritten))
    }

    /// Takes a new text in place of the old one.
    pub async fn rewrite(self, db: &Database, text: Text, now: DateTime<Utc>) -> AppResult<Self> {
        let mut row = self.into_active_model();
        row.title = Set(text.title);
        row.body = Set(text.body);
        row.updated_at = Set(now.into());
        let txn = db.begin_write().await?;
        let document = row.update(&txn).await?;
        txn.commit().await?;
        Ok(document)
    }

    /// Removes the document and its orders, then their files, which a crash in between leaves named for
    /// removal.
    pub async fn remove(self, db: &Database, storage: &Storage) -> AppResult<()> {
        let txn = db.begin_write().await?;
        let keys = typesettings::Model::lock_files(&txn, Entity::find_by_id(self.id)).await?;
        self.delete(&txn).await?;
        discarded_files::discard(&txn, &keys).await?;
        txn.commit().await?;
        discarded_files::delete(db, storage, &keys).await;
        Ok(())
    }
}
