//! Opens the pool of database connections, each of them set up alike.

use std::time::Duration;

use loco_rs::{Result, config};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection,
    sqlx::{self, Connection},
};

/// How long a writer waits for another on SQLite.
const BUSY: Duration = Duration::from_secs(5);
/// How long a statement may take on PostgreSQL.
const STATEMENT: Duration = Duration::from_secs(5);

/// Opens a pool in place of Loco's, which sets SQLite up on one of its connections only.
///
/// # Errors
/// When the database cannot be reached.
pub async fn open(config: &config::Database) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(&config.uri);
    options
        .max_connections(config.max_connections)
        .min_connections(config.min_connections)
        .acquire_timeout(Duration::from_millis(config.connect_timeout))
        .connect_timeout(Duration::from_millis(config.connect_timeout))
        .idle_timeout(Duration::from_millis(config.idle_timeout))
        .sqlx_logging(config.enable_logging)
        // A connection that broke while it lay idle is noticed before it is handed out, but one
        // that was in use a moment ago is not asked again.
        .test_before_acquire_if_idle_for(Duration::from_secs(5))
        .map_sqlx_sqlite_pool_opts(|pool| pool.after_release(|connection, _| Box::pin(is_clean(connection))))
        .map_sqlx_postgres_pool_opts(|pool| pool.after_release(|connection, _| Box::pin(is_clean(connection))))
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .foreign_keys(true)
                .busy_timeout(BUSY)
                .pragma("journal_mode", "WAL")
                // With a write-ahead log, NORMAL loses acknowledged commits when the power fails.
                .pragma("synchronous", "FULL")
                .pragma("journal_size_limit", "67108864")
                .pragma("cache_size", "-2000")
        });
    if !config.uri.starts_with("sqlite") {
        options.statement_timeout(STATEMENT);
    }
    Ok(Database::connect(options).await?)
}

/// Returns whether a connection has no open transaction. One that has is closed instead of reused: after a
/// commit that failed, sqlx counts a transaction that SQLite has ended, and would write into it for ever.
async fn is_clean(connection: &mut impl Connection) -> std::result::Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // The rollback of a dropped transaction is only queued; a ping runs it.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}
