//! What generated models share: what a refused write means, and the public ids of what rows refer to.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{QuerySelect, SqlErr, entity::prelude::*};

use crate::{
    errors::{AppError, AppResult, Code},
    models::Database,
};

/// What a write means that the database has refused: `conflict` where a value is taken, or what it
/// refers to has just gone.
#[must_use]
pub fn refused(error: DbErr) -> AppError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_) | SqlErr::ForeignKeyConstraintViolation(_)) => {
            AppError::new(Code::Conflict).with_source(error)
        }
        _ => error.into(),
    }
}

/// What it means that a field names a thing that its owner does not have.
pub fn unknown(field: &'static str) -> impl Fn(AppError) -> AppError {
    move |error| match error.code {
        Code::NotFound => AppError::invalid(field, "unknown", "must be the ID of one of your resources"),
        _ => error,
    }
}

/// The public ids of rows, by their keys in the database.
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
    fn what_names_nothing_is_the_field_s_fault_and_a_broken_database_is_not() {
        let unknown = unknown("customer_id");
        let error = unknown(AppError::not_found());
        assert_eq!((error.code, error.details[0].field.as_str()), (Code::ValidationError, "customer_id"));
        assert_eq!(unknown(AppError::unavailable("gone")).code, Code::ServiceUnavailable);
    }

    #[test]
    fn a_row_that_went_while_it_was_written_is_not_found() {
        assert_eq!(refused(DbErr::RecordNotUpdated).code, Code::NotFound);
        assert_eq!(refused(DbErr::Custom("?".to_owned())).code, Code::InternalError);
    }
}
