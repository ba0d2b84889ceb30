//! Functions for models that the generator creates. The functions convert errors and find public IDs of referenced
//! rows.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{QuerySelect, SqlErr, entity::prelude::*};

use crate::{
    errors::{AppError, AppResult, Code},
    models::Database,
};

/// Converts the error of a rejected write. Returns `conflict` if a unique value already exists or a referenced row is
/// missing.
#[must_use]
pub fn conflict(error: DbErr) -> AppError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_) | SqlErr::ForeignKeyConstraintViolation(_)) => {
            AppError::new(Code::Conflict).with_source(error)
        }
        _ => error.into(),
    }
}

/// Returns a function that converts the error of a search for a referenced row. The function converts `not_found` into
/// a `validation_error` for the field, and returns any other error unchanged.
pub fn unknown(field: &'static str) -> impl Fn(AppError) -> AppError {
    move |error| match error.code {
        Code::NotFound => AppError::invalid(field, "unknown", "must be the ID of one of your resources"),
        _ => error,
    }
}

/// Returns the public IDs of the rows with these primary keys, as a map from primary key to public ID.
pub async fn pids<E: EntityTrait>(
    db: &Database,
    (id, pid): (E::Column, E::Column),
    keys: impl IntoIterator<Item = i64>,
) -> AppResult<HashMap<i64, Uuid>> {
    let keys: BTreeSet<i64> = keys.into_iter().collect();
    let rows = E::find().select_only().columns([id, pid]).filter(id.is_in(keys));
    let found: Vec<(i64, Uuid)> = rows.into_tuple().all(db).await?;
    Ok(found.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_converts_only_not_found_into_a_validation_error() {
        let unknown = unknown("customer_id");
        let error = unknown(AppError::not_found());
        assert_eq!((error.code, error.details[0].field.as_str()), (Code::ValidationError, "customer_id"));
        assert_eq!(unknown(AppError::unavailable("gone")).code, Code::ServiceUnavailable);
    }

    #[test]
    fn conflict_returns_not_found_when_the_row_was_deleted_meanwhile() {
        assert_eq!(conflict(DbErr::RecordNotUpdated).code, Code::NotFound);
        assert_eq!(conflict(DbErr::Custom("?".to_owned())).code, Code::InternalError);
    }
}
