//! A document on its way to PDF: a row is the order, and a lease says who works on it.
//!
//! The row is what counts, the queue only wakes somebody up: a row whose lease has run out is
//! offered again, so neither a killed process nor a lost job loses an order.

mod finish;
mod lease;
mod run;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, PaginatorTrait, QueryOrder, QuerySelect, QueryTrait, entity::prelude::*,
};

pub use super::_entities::typesettings::{ActiveModel, Column, Entity, Model};
pub use lease::MAX_ATTEMPTS;
pub use run::{Outcome, Tools};

use super::documents;
use crate::{
    errors::{AppError, AppResult},
    models::Database,
};

impl ActiveModelBehavior for ActiveModel {}

fn of(document_id: i64) -> Select<Entity> {
    Entity::find().filter(Column::DocumentId.eq(document_id))
}

/// Orders that may wait at once, of all users together.
const MAX_WAITING: u64 = 100;

pub const QUEUED: &str = "queued";
pub const RUNNING: &str = "running";
pub const DONE: &str = "done";
pub const FAILED: &str = "failed";

/// A finished PDF in the store.
pub struct Pdf {
    pub key: String,
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

impl Model {
    /// Orders a PDF of a document. Whoever calls this wakes a worker afterwards.
    ///
    /// # Errors
    /// `service_unavailable` when too many orders wait already.
    pub async fn order(db: &Database, document_id: i64, request_id: Uuid, now: DateTime<Utc>) -> AppResult<Self> {
        let waiting = Entity::find().filter(Column::Status.is_in([QUEUED, RUNNING])).count(db).await?;
        if waiting >= MAX_WAITING {
            return Err(AppError::unavailable("too many typesettings wait").retry_after(5));
        }
        let row = ActiveModel {
            pid: Set(Uuid::now_v7()),
            document_id: Set(document_id),
            status: Set(QUEUED.to_owned()),
            attempts: Set(0),
            request_id: Set(request_id),
            leased_until: Set(Some((now + lease::OFFER).into())),
            created_at: Set(now.into()),
            ..Default::default()
        };
        let txn = db.begin_write().await?;
        let typesetting = row.insert(&txn).await?;
        txn.commit().await?;
        Ok(typesetting)
    }

    /// One order for a document.
    pub async fn find_for(db: &Database, document_id: i64, pid: Uuid) -> AppResult<Self> {
        of(document_id).filter(Column::Pid.eq(pid)).one(db).await?.ok_or_else(AppError::not_found)
    }

    /// The newest of a document, however it stands; none where none was ordered.
    pub async fn newest(db: &Database, document_id: i64) -> AppResult<Option<Self>> {
        Ok(of(document_id).order_by_desc(Column::Id).one(db).await?)
    }

    /// Whether it still waits or runs.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        self.status == QUEUED || self.status == RUNNING
    }

    /// The newest finished one of a document.
    pub async fn newest_done(db: &Database, document_id: i64) -> AppResult<Self> {
        let done = of(document_id).filter(Column::Status.eq(DONE)).order_by_desc(Column::Id);
        done.one(db).await?.ok_or_else(AppError::not_found)
    }

    /// The finished PDF.
    ///
    /// # Errors
    /// `internal_error` where the row says that it is done and does not say with what.
    pub fn pdf(self) -> AppResult<Pdf> {
        let named = self.storage_key.zip(self.sha256).zip(self.size);
        let ((key, sha256), size) = named.ok_or_else(|| AppError::internal("a finished typesetting names no file"))?;
        Ok(Pdf { key, sha256, size: u64::try_from(size).map_err(AppError::internal)? })
    }

    /// The PDFs of documents that are about to be removed. Documents and orders are held until the
    /// transaction ends: whoever would order another PDF, or name a finished one, finds nothing behind it.
    pub(super) async fn lock_files(
        txn: &impl ConnectionTrait,
        documents: Select<documents::Entity>,
    ) -> AppResult<Vec<String>> {
        let ids = documents.select_only().column(documents::Column::Id);
        ids.clone().lock_exclusive().into_tuple::<i64>().all(txn).await?;
        let orders = Entity::find().filter(Column::DocumentId.in_subquery(ids.into_query()));
        let keys = orders.select_only().column(Column::StorageKey).lock_exclusive();
        Ok(keys.into_tuple::<Option<String>>().all(txn).await?.into_iter().flatten().collect())
    }
}
