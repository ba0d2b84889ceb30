//! Domain logic, with one folder or file per table.
//!
//! Every function that uses the database returns `service_unavailable` if the database fails. The functions do not
//! document this error again.

#[allow(clippy::pedantic, reason = "generated from the schema")]
pub mod _entities;
pub mod auth_services;
pub mod client_trust;
pub mod commit_probes;
pub mod database;
pub mod device_tokens;
pub mod devices;
pub mod discarded_files;
pub mod documents;
pub mod file_names;
pub mod file_reader;
pub mod mails;
pub mod migration_status;
pub mod new_files;
pub mod one_time_tokens;
pub mod pagination;
pub mod query_cache;
mod read_connections;
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

/// Converts a time into the type of a timestamp column.
fn timestamp(time: DateTime<Utc>) -> DateTimeWithTimeZone {
    time.into()
}

/// Replaces NUL characters with spaces, because PostgreSQL rejects NUL in parameters. An e-mail address with such a
/// space matches no user, because no stored e-mail address contains a space.
fn without_nul(text: &str) -> String {
    text.replace('\0', " ")
}
