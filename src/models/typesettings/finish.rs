//! Finishes a typesetting with a stored PDF, or with an error for the owner of the document.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect, entity::prelude::*, sea_query::LockType};

use super::{
    super::{_entities::documents, discarded_files, new_files::NewFile, storage_usage},
    Column, DONE, Entity, FAILED, Model,
};
use crate::{errors::AppResult, models::Database};

/// Time for which a replaced PDF is kept, because a running request may still read the replaced PDF.
const READ_TIME: TimeDelta = TimeDelta::seconds(60);

/// A PDF in the storage.
pub(super) struct StoredPdf<'a> {
    /// ID of the owner of the document.
    pub user_id: i64,
    /// Storage quota of the owner, in bytes.
    pub quota: u64,
    pub file: &'a NewFile,
    pub sha256: String,
    /// Size of the PDF, in bytes.
    pub size: i64,
    pub pages: i32,
}

/// Result of [`Model::finish`].
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finish {
    Done,
    /// Another attempt has claimed the typesetting, or the document was deleted.
    Lost,
    /// The owner would exceed the storage quota. Nothing was changed.
    OverQuota,
}

impl Model {
    /// Records the stored PDF in the row of the typesetting, and discards the older PDFs of the document.
    pub(super) async fn finish(
        &self,
        db: &Database,
        pdf: StoredPdf<'_>,
        now: fn() -> DateTime<Utc>,
    ) -> AppResult<Finish> {
        let txn = db.begin_write().await?;
        if !storage_usage::lock_owner(&txn, pdf.user_id).await? {
            return Ok(Finish::Lost);
        }
        // Reads the clock after the lock, because the wait for the lock takes time.
        let now = now();
        // Locks the document before its typesettings, as the deletion does, because the opposite order could deadlock.
        documents::Entity::find_by_id(self.document_id).lock(LockType::KeyShare).one(&txn).await?;
        let done = Entity::update_many()
            .col_expr(Column::Status, Expr::value(DONE))
            .col_expr(Column::StorageKey, Expr::value(pdf.file.key.clone()))
            .col_expr(Column::Sha256, Expr::value(pdf.sha256))
            .col_expr(Column::Size, Expr::value(pdf.size))
            .col_expr(Column::Pages, Expr::value(pdf.pages))
            .col_expr(Column::FinishedAt, Expr::value(DateTimeWithTimeZone::from(now)))
            .filter(self.this_attempt())
            .exec(&txn)
            .await?;
        if done.rows_affected == 0 {
            return Ok(Finish::Lost);
        }
        pdf.file.keep(&txn, now).await?;
        self.discard_older_pdfs(&txn, now).await?;
        if storage_usage::StorageUsage::of(&txn, pdf.user_id).await?.total() > pdf.quota {
            return Ok(Finish::OverQuota);
        }
        txn.commit().await?;
        Ok(Finish::Done)
    }

    /// Discards all PDFs of the document except the PDF of the newest typesetting. `self` is not always the newest
    /// typesetting, because an older typesetting may finish after a newer one.
    async fn discard_older_pdfs(&self, txn: &impl ConnectionTrait, now: DateTime<Utc>) -> AppResult<()> {
        let kept =
            Entity::find().filter(Column::DocumentId.eq(self.document_id)).filter(Column::StorageKey.is_not_null());
        let kept = kept.select_only().column(Column::Id).column(Column::StorageKey).order_by_desc(Column::Id);
        let older = kept.into_tuple::<(i64, String)>().all(txn).await?.into_iter().skip(1);
        let (ids, keys): (Vec<_>, Vec<_>) = older.unzip();
        if ids.is_empty() {
            return Ok(());
        }
        let none = Expr::value(Option::<String>::None);
        Entity::update_many().col_expr(Column::StorageKey, none).filter(Column::Id.is_in(ids)).exec(txn).await?;
        discarded_files::discard(txn, &keys, now + READ_TIME).await
    }

    /// Sets the status of the typesetting to `failed`. Stores an error code and a message for the owner of the
    /// document.
    pub(super) async fn fail(&self, db: &Database, code: &str, message: &str, now: DateTime<Utc>) -> AppResult<()> {
        let txn = db.begin_write().await?;
        Entity::update_many()
            .col_expr(Column::Status, Expr::value(FAILED))
            .col_expr(Column::ErrorCode, Expr::value(code))
            .col_expr(Column::ErrorMessage, Expr::value(message))
            .col_expr(Column::FinishedAt, Expr::value(DateTimeWithTimeZone::from(now)))
            .filter(self.this_attempt())
            .exec(&txn)
            .await?;
        Ok(txn.commit().await?)
    }
}
