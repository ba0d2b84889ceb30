//! Storage usage and storage quota of a user.

use sea_orm::{
    ConnectionTrait, FromQueryResult, QuerySelect, QueryTrait,
    entity::prelude::*,
    sea_query::{ExprTrait, Func, LockType, Query, SelectStatement},
};
use serde::Serialize;

use super::_entities::{documents, typesettings, uploads, users};
use crate::errors::{AppError, AppResult, Code};

/// Name of the 64-bit integer type in SQLite and PostgreSQL. Sums are cast to this type, because PostgreSQL returns
/// sums as decimal numbers.
const BIGINT: &str = "bigint";

/// Storage usage of a user. Sizes are in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromQueryResult, Serialize)]
pub struct StorageUsage {
    /// Number of uploaded files.
    pub files: i64,
    /// Total size of the uploaded files.
    pub uploads: i64,
    /// Total size of the titles and texts of all documents, in UTF-8.
    pub documents: i64,
    /// Total size of the stored PDFs.
    pub pdfs: i64,
}

impl StorageUsage {
    /// Returns the storage usage of a user, in one statement.
    pub async fn of(db: &impl ConnectionTrait, user_id: i64) -> AppResult<Self> {
        let mut parts = Query::select();
        parts
            .expr_as(subquery(upload_count(user_id)), "files")
            .expr_as(subquery(upload_bytes(user_id)), "uploads")
            .expr_as(subquery(document_bytes(user_id)), "documents")
            .expr_as(subquery(pdf_bytes(user_id)), "pdfs");
        let usage = Self::find_by_statement(db.get_database_backend().build(&parts)).one(db).await?;
        Ok(usage.unwrap_or_default())
    }

    /// Returns the bytes that count toward the quota.
    #[must_use]
    pub fn total(&self) -> u64 {
        [self.uploads, self.documents, self.pdfs].into_iter().map(i64::cast_unsigned).sum()
    }
}

/// Locks a user's row until the transaction ends. Returns whether the user exists.
///
/// Every change that adds data locks the row first. Without the lock, two concurrent requests could both pass the quota
/// check.
pub async fn lock_owner(txn: &impl ConnectionTrait, user_id: i64) -> AppResult<bool> {
    let owner = users::Entity::find_by_id(user_id).select_only().column(users::Column::Id);
    let owner = owner.lock(LockType::NoKeyUpdate).into_tuple::<i64>().one(txn).await?;
    Ok(owner.is_some())
}

/// Checks the quota of a user after a change. The caller must have called [`lock_owner`] in the same transaction.
///
/// # Errors
/// `payload_too_large` if the user stores more than `quota` bytes.
pub async fn check_quota(txn: &impl ConnectionTrait, user_id: i64, quota: u64) -> AppResult<()> {
    if StorageUsage::of(txn, user_id).await?.total() > quota { Err(over_quota()) } else { Ok(()) }
}

/// Quota check of a change to stored data. A user over the quota may still shorten a text.
#[derive(Debug)]
pub struct Growth {
    user_id: i64,
    quota: u64,
    before: u64,
}

impl Growth {
    /// Locks the user's row and reads the storage usage before the change.
    pub async fn begin(txn: &impl ConnectionTrait, user_id: i64, quota: u64) -> AppResult<Self> {
        lock_owner(txn, user_id).await?;
        Ok(Self { user_id, quota, before: StorageUsage::of(txn, user_id).await?.total() })
    }

    /// Checks the quota after the change.
    ///
    /// # Errors
    /// `payload_too_large` if the user exceeds the quota and stores more than before.
    pub async fn check(self, txn: &impl ConnectionTrait) -> AppResult<()> {
        check_quota(txn, self.user_id, Ord::max(self.quota, self.before)).await
    }
}

/// Returns the error of a request that would exceed the quota.
#[must_use]
pub fn over_quota() -> AppError {
    let message = "Your storage quota is exceeded. Delete files or documents, then try again.";
    AppError::new(Code::PayloadTooLarge).with_message(message)
}

fn subquery(query: SelectStatement) -> Expr {
    Expr::SubQuery(None, Box::new(query.into()))
}

/// Returns a sum as an integer, or 0 if there are no rows.
fn sum(bytes: Expr) -> Expr {
    Expr::from(Func::coalesce([bytes.sum().cast_as(BIGINT), Expr::value(0_i64)]))
}

/// Returns the size of a text in bytes. SQLite and PostgreSQL compute the size without reading the text.
fn octets(column: documents::Column) -> Expr {
    Expr::from(Func::cust("octet_length").arg(Expr::col((documents::Entity, column))))
}

fn upload_count(user_id: i64) -> SelectStatement {
    let mine = uploads::Entity::find().filter(uploads::Column::UserId.eq(user_id));
    mine.select_only().expr(uploads::Column::Id.count()).into_query()
}

fn upload_bytes(user_id: i64) -> SelectStatement {
    let mine = uploads::Entity::find().filter(uploads::Column::UserId.eq(user_id));
    mine.select_only().expr(sum(Expr::col((uploads::Entity, uploads::Column::Size)))).into_query()
}

fn document_bytes(user_id: i64) -> SelectStatement {
    let mine = documents::Entity::find().filter(documents::Column::UserId.eq(user_id));
    let size = octets(documents::Column::Title).add(octets(documents::Column::Body));
    mine.select_only().expr(sum(size)).into_query()
}

fn pdf_bytes(user_id: i64) -> SelectStatement {
    use typesettings::{Column, Entity};
    let mine = Entity::find().inner_join(documents::Entity).filter(documents::Column::UserId.eq(user_id));
    let kept = mine.filter(Column::StorageKey.is_not_null());
    kept.select_only().expr(sum(Expr::col((Entity, Column::Size)))).into_query()
}
