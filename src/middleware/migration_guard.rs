//! Rejects requests while the database lacks migrations.

use axum::extract::Request;

use crate::{
    errors::{AppError, Code},
    models::migration_status::MigrationGuard,
};

/// Value of `Retry-After`, in seconds. Most migrations take less time.
const RETRY_AFTER: u64 = 5;
const HEALTH: &str = "/api/v1/health";

/// Returns an error for a request while migrations are missing. The health endpoint is exempt, because its response
/// contains the reason for the unavailability.
#[must_use]
pub fn rejection(gate: &MigrationGuard, request: &Request) -> Option<AppError> {
    let health = request.uri().path().starts_with(HEALTH);
    (!health && !gate.is_open()).then(|| AppError::new(Code::ServiceUnavailable).retry_after(RETRY_AFTER))
}
