//! Typesettings. A row is a request for the PDF of a document.
//!
//! The row is the source of truth, and the job only starts a worker. The worker holds the lease of the row. A row with
//! an expired lease is requeued. A crashed process or a lost job therefore loses no typesetting.

mod finish;
mod lease;
mod run;
mod turns;
mod wait;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, PaginatorTrait, QueryOrder, QuerySelect, QueryTrait, entity::prelude::*,
};

pub use super::_entities::typesettings::{ActiveModel, Column, Entity, Model};
pub use lease::MAX_ATTEMPTS;
pub use run::{RunOutcome, RunServices};
pub use wait::{Wait, Waits};

use super::_entities::documents;
use crate::{
    errors::{AppError, AppResult},
    models::Database,
};

impl ActiveModelBehavior for ActiveModel {}

fn of(document_id: i64) -> Select<Entity> {
    Entity::find().filter(Column::DocumentId.eq(document_id))
}

/// Maximum number of queued and running typesettings of all users.
const MAX_WAITING: u64 = 100;

pub const QUEUED: &str = "queued";
pub const RUNNING: &str = "running";
pub const DONE: &str = "done";
pub const FAILED: &str = "failed";

/// A finished PDF in the storage.
pub struct Pdf {
    pub key: String,
    pub sha256: String,
    /// Size of the PDF, in bytes.
    pub size: u64,
}

impl Model {
    /// Inserts a queued typesetting of a document and commits. The caller then enqueues the job of the typesetting.
    ///
    /// # Errors
    /// `service_unavailable` if too many typesettings are queued.
    pub async fn create(db: &Database, document_id: i64, request_id: Uuid, now: DateTime<Utc>) -> AppResult<Self> {
        let waiting = Entity::find().filter(Column::Status.is_in([QUEUED, RUNNING])).count(db).await?;
        if waiting >= MAX_WAITING {
            return Err(AppError::unavailable("too many typesettings are queued").retry_after(5));
        }
        let row = ActiveModel {
            pid: Set(Uuid::now_v7()),
            document_id: Set(document_id),
            status: Set(QUEUED.to_owned()),
            attempts: Set(0),
            request_id: Set(request_id),
            leased_until: Set(Some((now + lease::REQUEUE_AFTER).into())),
            created_at: Set(now.into()),
            ..Default::default()
        };
        let txn = db.begin_write().await?;
        let typesetting = row.insert(&txn).await?;
        txn.commit().await?;
        Ok(typesetting)
    }

    /// Returns a typesetting of a document.
    ///
    /// # Errors
    /// `not_found` if the document has no such typesetting.
    pub async fn find_for(db: &Database, document_id: i64, pid: Uuid) -> AppResult<Self> {
        of(document_id).filter(Column::Pid.eq(pid)).one(db).await?.ok_or_else(AppError::not_found)
    }

    /// Returns the newest typesetting of a document in any state.
    pub async fn newest(db: &Database, document_id: i64) -> AppResult<Option<Self>> {
        Ok(of(document_id).order_by_desc(Column::Id).one(db).await?)
    }

    /// Returns the newest typesetting of a document in any state, and the newest typesetting with the status `done`.
    pub async fn newest_and_done(db: &Database, document_id: i64) -> AppResult<(Option<Self>, Option<Self>)> {
        let newest = Self::newest(db, document_id).await?;
        let done = match &newest {
            Some(typesetting) if typesetting.status == DONE => newest.clone(),
            _ => of(document_id).filter(Column::Status.eq(DONE)).order_by_desc(Column::Id).one(db).await?,
        };
        Ok((newest, done))
    }

    /// Returns whether the typesetting is queued or running.
    #[must_use]
    pub fn is_in_progress(&self) -> bool {
        self.status == QUEUED || self.status == RUNNING
    }

    /// Returns the newest typesetting of a document with the status `done`.
    ///
    /// # Errors
    /// `not_found` if the document has no typesetting with the status `done`.
    pub async fn newest_done(db: &Database, document_id: i64) -> AppResult<Self> {
        let done = of(document_id).filter(Column::Status.eq(DONE)).order_by_desc(Column::Id);
        done.one(db).await?.ok_or_else(AppError::not_found)
    }

    /// Returns the newest finished PDF of a document.
    ///
    /// # Errors
    /// `not_found` if the document has no typesetting with the status `done`.
    pub async fn newest_pdf(db: &Database, document_id: i64) -> AppResult<Pdf> {
        Self::newest_done(db, document_id).await?.pdf()
    }

    /// Returns the PDF of a finished typesetting.
    ///
    /// # Errors
    /// `internal_error` if the row has no file.
    pub fn pdf(self) -> AppResult<Pdf> {
        let named = self.storage_key.zip(self.sha256).zip(self.size);
        let ((key, sha256), size) = named.ok_or_else(|| AppError::internal("a finished typesetting has no file"))?;
        Ok(Pdf { key, sha256, size: u64::try_from(size).map_err(AppError::internal)? })
    }

    /// Locks documents that are about to be deleted, and their typesettings. Returns the storage keys of the PDFs. A
    /// request that creates or finishes a typesetting waits for the locks and then finds no document.
    pub(super) async fn lock_files(
        txn: &impl ConnectionTrait,
        documents: Select<documents::Entity>,
    ) -> AppResult<Vec<String>> {
        let ids = documents.select_only().column(documents::Column::Id);
        ids.clone().lock_exclusive().into_tuple::<i64>().all(txn).await?;
        let typesettings = Entity::find().filter(Column::DocumentId.in_subquery(ids.into_query()));
        let keys = typesettings.select_only().column(Column::StorageKey).lock_exclusive();
        Ok(keys.into_tuple::<Option<String>>().all(txn).await?.into_iter().flatten().collect())
    }
}
