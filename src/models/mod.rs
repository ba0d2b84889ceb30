//! Domain logic, with one folder or file per table.

#[allow(clippy::pedantic, reason = "generated from the schema")]
pub mod _entities;
pub mod auth_services;
pub mod commit_probes;
pub mod database;
pub mod device_tokens;
pub mod discarded_files;
pub mod documents;
pub mod file_reader;
pub mod mails;
pub mod migration_status;
pub mod new_files;
pub mod one_time_tokens;
pub mod pagination;
pub mod request_context;
pub mod retention;
pub mod scaffold_helpers;
pub mod security_events;
pub mod sessions;
pub mod storage_usage;
pub mod typesettings;
pub mod uploads;
pub mod users;

pub use database::{Database, WriteTransaction};

use chrono::{DateTime, Utc};
use sea_orm::prelude::DateTimeWithTimeZone;

/// Converts a time into the type of a column.
fn timestamp(time: DateTime<Utc>) -> DateTimeWithTimeZone {
    time.into()
}

/// Replaces NUL characters with spaces, because PostgreSQL rejects NUL in parameters. The result of such an e-mail
/// address matches no user, because no stored address contains a space.
fn without_nul(text: &str) -> String {
    text.replace('\0', " ")
}
