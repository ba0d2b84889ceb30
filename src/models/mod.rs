//! What the service knows and does: all domain logic.

#[allow(clippy::pedantic, reason = "generated from the schema")]
pub mod _entities;
pub mod access_tokens;
pub mod account;
pub mod client;
pub mod derived_key;
pub mod devices;
mod digest;
pub mod discarded_files;
pub mod documents;
pub mod mails;
pub mod one_time_tokens;
pub mod pages;
pub mod resources;
pub mod retention;
pub mod schema;
pub mod security_events;
pub mod sessions;
pub mod typesettings;
pub mod uploads;
pub mod users;

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

/// A transaction that takes SQLite's write lock at its start: one that reads before it writes would
/// otherwise fail at once, not wait, when another has written in between.
pub(crate) async fn begin_write(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    db.begin_with_options(options).await
}
