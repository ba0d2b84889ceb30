//! What the service knows and does: all domain logic.

#[allow(clippy::pedantic, reason = "generated from the schema")]
pub mod _entities;
pub mod access_tokens;
pub mod account;
pub mod client;
pub mod commit_probes;
pub mod database;
pub mod derived_key;
pub mod devices;
mod digest;
pub mod discarded_files;
pub mod documents;
pub mod file_reader;
pub mod mails;
pub mod new_files;
pub mod one_time_tokens;
pub mod pages;
pub mod resources;
pub mod retention;
pub mod schema;
pub mod security_events;
pub mod sessions;
pub mod storage_usage;
pub mod typesettings;
pub mod uploads;
pub mod users;

pub use database::{Database, WriteTransaction};
