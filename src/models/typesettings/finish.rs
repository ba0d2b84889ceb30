//! How an order ends: with a PDF that is stored before it is named, or with what went wrong.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use super::{Column, DONE, Entity, FAILED, Model};
use crate::{errors::AppResult, models::Database};

/// A PDF that lies in the store.
pub struct Stored {
    pub key: String,
    pub sha256: String,
    pub size: i64,
    pub pages: i32,
}

impl Model {
    /// Names the stored PDF; `false` where the order was no longer this attempt's.
    pub(super) async fn finish(&self, db: &Database, pdf: Stored, now: DateTime<Utc>) -> AppResult<bool> {
        let txn = db.begin_write().await?;
        let done = Entity::update_many()
            .col_expr(Column::Status, Expr::value(DONE))
            .col_expr(Column::StorageKey, Expr::value(pdf.key))
            .col_expr(Column::Sha256, Expr::value(pdf.sha256))
            .col_expr(Column::Size, Expr::value(pdf.size))
            .col_expr(Column::Pages, Expr::value(pdf.pages))
            .col_expr(Column::FinishedAt, Expr::value(DateTimeWithTimeZone::from(now)))
            .filter(self.this_attempt())
            .exec(&txn)
            .await?;
        txn.commit().await?;
        Ok(done.rows_affected == 1)
    }

    /// Says what went wrong, in words for the document's owner.
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
