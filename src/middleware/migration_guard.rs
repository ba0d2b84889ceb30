//! Turns requests away while the database has another schema than this binary knows.

use axum::extract::Request;

use crate::{
    errors::{AppError, Code},
    models::migration_status::SchemaGate,
};

/// Seconds after which asking again makes sense: a migration is seldom longer.
const RETRY_AFTER: u64 = 5;
const HEALTH: &str = "/api/v1/health";

/// Everything but health, which says what is wrong.
#[must_use]
pub fn rejection(gate: &SchemaGate, request: &Request) -> Option<AppError> {
    let health = request.uri().path().starts_with(HEALTH);
    (!health && !gate.is_open()).then(|| AppError::new(Code::ServiceUnavailable).retry_after(RETRY_AFTER))
}
