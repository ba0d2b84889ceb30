//! Converts errors of libraries into application errors.

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
        // `RecordNotUpdated` means that the row was deleted between the read and the write.
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
            // Maps errors of the queue's database to 503, because these errors mean that the queue is unreachable.
            Error::Sqlx(error) => Self::unavailable(error),
            Error::WithBacktrace { inner, .. } => (*inner).into(),
            other => Self::internal(other),
        }
    }
}

impl From<StorageError> for AppError {
    fn from(error: StorageError) -> Self {
        // Checks the inner error directly, because `Any` is transparent: `source` of `Any` skips the inner error.
        let is_out_of_space = match &error {
            StorageError::Any(inner) => is_full(&**inner),
            other => is_full(other),
        };
        if is_out_of_space {
            Self::new(Code::StorageFull).with_source(error)
        } else if is_absent(&error) {
            Self::internal(error)
        } else {
            Self::unavailable(error)
        }
    }
}

impl From<std::io::Error> for AppError {
    /// Converts an error that occurs while a stored file is read. A missing file is an internal error, because a retry
    /// cannot succeed.
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

/// Returns whether the error means that a file is missing in the store, so that a retry cannot succeed.
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
    // Unwraps two levels, because Loco's stream wraps a storage error twice.
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<std::io::Error>());
    error.kind() == ErrorKind::NotFound
        || store.is_some_and(|store| store.kind() == opendal::ErrorKind::NotFound)
        || inner.is_some_and(is_missing)
}

/// Returns whether the chain of causes contains `ENOSPC`, `EDQUOT` or `EFBIG`.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let full = error.downcast_ref::<std::io::Error>().is_some_and(|io| {
        matches!(io.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
    });
    // Checks the inner error too, because `source` of an `io::Error` skips the inner error.
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    full || inner.is_some_and(|inner| is_full(inner)) || error.source().is_some_and(is_full)
}

/// Returns the code of a database error: 503 for an unreachable or busy database, 507 for a full disk, and 404 for a
/// parent row that was deleted concurrently. Returns `None` for an internal error.
fn database_failure(error: &DbErr) -> Option<Code> {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Some(Code::ServiceUnavailable),
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => sqlx_failure(error),
        _ => None,
    }
}

/// Returns whether an error means that the database accepts no writes. Such an error means a full disk, or a database
/// that is read-only, busy or unreachable. Returns `false` if the pool has no free connection, because writes on other
/// connections may succeed.
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

/// Returns the code of the response for an SQLite result code (sqlite.org/rescode.html) or a PostgreSQL error code
/// (manual, appendix A). Returns `None` for an internal error.
fn engine_failure(code: &str) -> Option<Code> {
    let primary = code.parse::<u32>().ok().filter(|_| code.len() < 5).map(|code| code & 0xff);
    match (primary, code) {
        // Violation of a foreign key.
        (_, "787" | "23503") => Some(Code::NotFound),
        // `FULL`, or `IOERR_SHMSIZE`: the disk has no space for the index of the write-ahead log.
        (Some(13), _) | (_, "4874" | "53100") => Some(Code::StorageFull),
        // `BUSY`, `LOCKED`, `READONLY`, `IOERR`, `CANTOPEN`.
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
    fn storage_error_maps_to_storage_full_or_service_unavailable() {
        let code = |kind: ErrorKind| AppError::from(StorageError::Any(Box::new(std::io::Error::from(kind)))).code;
        for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge] {
            assert_eq!(code(kind), Code::StorageFull, "{kind}");
            let wrapped = std::io::Error::other(std::io::Error::from(kind));
            assert_eq!(AppError::from(wrapped).code, Code::StorageFull, "{kind}");
        }
        assert_eq!(code(ErrorKind::PermissionDenied), Code::ServiceUnavailable);
    }
}
