//! What the errors of libraries mean to a client.

use std::io::ErrorKind;

use loco_rs::{model::ModelError, storage::StorageError};
use sea_orm::{DbErr, RuntimeErr, sqlx};

use super::{AppError, Code};

impl From<ModelError> for AppError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::EntityNotFound => Self::not_found(),
            ModelError::EntityAlreadyExists => Self::new(Code::Conflict),
            ModelError::DbErr(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

impl From<DbErr> for AppError {
    fn from(error: DbErr) -> Self {
        // Found, and gone when it was to be written.
        if matches!(error, DbErr::RecordNotUpdated) {
            return Self::not_found();
        }
        match database_failure(&error) {
            Some(Code::NotFound) => Self::not_found().with_source(error),
            Some(code) => Self::new(code).retry_after(1).with_source(error),
            None => Self::internal(error),
        }
    }
}

impl From<loco_rs::Error> for AppError {
    fn from(error: loco_rs::Error) -> Self {
        use loco_rs::Error;
        match error {
            Error::Model(error) => error.into(),
            Error::DB(error) => error.into(),
            Error::Storage(error) => error.into(),
            Error::NotFound => Self::not_found(),
            Error::Unauthorized(_) => Self::unauthorized(),
            // A queue that cannot be reached is a part that is gone, whichever store it uses.
            Error::Sqlx(error) => Self::unavailable(error),
            Error::WithBacktrace { inner, .. } => (*inner).into(),
            other => Self::internal(other),
        }
    }
}

impl From<StorageError> for AppError {
    fn from(error: StorageError) -> Self {
        // Transparent: its own cause is not the error inside, but that one's cause.
        let full = match &error {
            StorageError::Any(inner) => is_full(&**inner),
            other => is_full(other),
        };
        if full {
            Self::new(Code::StorageFull).with_source(error)
        } else if is_absent(&error) {
            Self::internal(error)
        } else {
            Self::unavailable(error)
        }
    }
}

impl From<std::io::Error> for AppError {
    /// The store's errors, as they come while a file is read. A file that a row names is there, or
    /// something is broken that no second try mends.
    fn from(error: std::io::Error) -> Self {
        if is_full(&error) {
            Self::new(Code::StorageFull).with_source(error)
        } else if is_missing(&error) {
            Self::internal(error)
        } else {
            Self::unavailable(error)
        }
    }
}

/// Returns whether a store lacks a file that a row names: a second attempt would fail as well.
#[must_use]
pub fn is_absent(error: &StorageError) -> bool {
    match error {
        StorageError::Store(error) => error.kind() == opendal::ErrorKind::NotFound,
        StorageError::Any(inner) => inner.downcast_ref::<std::io::Error>().is_some_and(is_missing),
        _ => false,
    }
}

fn is_missing(error: &std::io::Error) -> bool {
    let store = error.get_ref().and_then(|inner| inner.downcast_ref::<opendal::Error>());
    // Loco's stream wraps an error of the store twice.
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<std::io::Error>());
    error.kind() == ErrorKind::NotFound
        || store.is_some_and(|store| store.kind() == opendal::ErrorKind::NotFound)
        || inner.is_some_and(is_missing)
}

/// `ENOSPC`, `EDQUOT` and `EFBIG`, wherever in the chain of causes they stand.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let full = error.downcast_ref::<std::io::Error>().is_some_and(|io| {
        matches!(io.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
    });
    // A wrapper of the standard library names its content's cause as its own, not the content.
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    full || inner.is_some_and(|inner| is_full(inner)) || error.source().is_some_and(is_full)
}

/// 503 where the database is gone or busy, 507 where its disk is full, 404 where what a new row belongs to
/// went in this moment, nothing where the fault is ours.
fn database_failure(error: &DbErr) -> Option<Code> {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Some(Code::ServiceUnavailable),
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => sqlx_failure(error),
        _ => None,
    }
}

/// Whether an error of a write says that the database takes no writes, whatever is written: its disk is
/// full, or it is read-only, busy or gone. A pool without a free connection says nothing about writes.
#[must_use]
pub fn is_unwritable(error: &DbErr) -> bool {
    let code = database_failure(error);
    !matches!(error, DbErr::ConnectionAcquire(_)) && matches!(code, Some(Code::StorageFull | Code::ServiceUnavailable))
}

fn sqlx_failure(error: &sqlx::Error) -> Option<Code> {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Some(Code::ServiceUnavailable),
        sqlx::Error::Database(error) => error.code().and_then(|code| engine_failure(&code)),
        _ => None,
    }
}

/// SQLite's primary result codes (sqlite.org/rescode.html) and PostgreSQL's classes (its manual, appendix A).
fn engine_failure(code: &str) -> Option<Code> {
    let primary = code.parse::<u32>().ok().filter(|_| code.len() < 5).map(|code| code & 0xff);
    match (primary, code) {
        // A foreign key without its row.
        (_, "787" | "23503") => Some(Code::NotFound),
        // FULL; IOERR_SHMSIZE: there is no room for the index of the write-ahead log.
        (Some(13), _) | (_, "4874" | "53100") => Some(Code::StorageFull),
        // BUSY, LOCKED, READONLY, IOERR, CANTOPEN.
        (Some(5 | 6 | 8 | 10 | 14), _) => Some(Code::ServiceUnavailable),
        (_, code) if ["08", "53", "57"].iter().any(|class| code.starts_with(class)) => Some(Code::ServiceUnavailable),
        (_, "25006" | "40001" | "40P01" | "55P03") => Some(Code::ServiceUnavailable),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_without_room_is_full_and_any_other_failure_of_it_passes() {
        let of = |kind: ErrorKind| AppError::from(StorageError::Any(Box::new(std::io::Error::from(kind)))).code;
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge] {
            assert_eq!(of(kind), Code::StorageFull, "{kind}");
            let wrapped = std::io::Error::other(std::io::Error::from(kind));
            assert_eq!(AppError::from(wrapped).code, Code::StorageFull, "{kind}");
        }
        assert_eq!(of(ErrorKind::PermissionDenied), Code::ServiceUnavailable);
    }
}
