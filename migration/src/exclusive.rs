//! Runs migrations in one transaction. Only one process at a time runs migrations.

use std::time::Duration;

use sea_orm_migration::{
    IntoSchemaManagerConnection, MigratorTrait, SchemaManagerConnection,
    sea_orm::{
        ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions,
        TransactionTrait,
    },
};
use tokio::time::Instant;

/// Key of the advisory lock in PostgreSQL. No other code uses this key.
const LOCK: i64 = 0x0062_616c_6c61_7374;
/// Maximum time to wait for another process that runs migrations.
const LOCK_TIMEOUT: Duration = Duration::from_mins(5);
/// Maximum time to wait for a table lock. This time is short, because a waiting migration also blocks all later
/// statements on the table.
const TABLE_LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// Applies the next `steps` pending migrations of `M`, or all if `steps` is `None`. An error reverts all changes.
///
/// # Errors
/// Returns an error if a migration or the database fails, or if this process has waited five minutes for another
/// process that runs migrations.
pub async fn up<'c, M: MigratorTrait, C>(db: C, steps: Option<u32>) -> Result<(), DbErr>
where
    C: IntoSchemaManagerConnection<'c>,
{
    let transaction = begin(&db.into_database_executor()).await?;
    M::up(&transaction, steps).await?;
    transaction.commit().await
}

/// Reverts the newest `steps` migrations of `M`, or all if `steps` is `None`. An error leaves the schema unchanged.
///
/// # Errors
/// Returns an error if a migration or the database fails, or if this process has waited five minutes for another
/// process that runs migrations.
pub async fn down<'c, M: MigratorTrait, C>(db: C, steps: Option<u32>) -> Result<(), DbErr>
where
    C: IntoSchemaManagerConnection<'c>,
{
    let transaction = begin(&db.into_database_executor()).await?;
    M::down(&transaction, steps).await?;
    transaction.commit().await
}

/// Begins a transaction. Until the transaction ends, no other process can run migrations.
///
/// If the transaction is dropped or the process ends before the commit, the database reverts the changes.
async fn begin(db: &SchemaManagerConnection<'_>) -> Result<DatabaseTransaction, DbErr> {
    match db.get_database_backend() {
        DbBackend::Postgres => postgres(db).await,
        _ => sqlite(db).await,
    }
}

async fn postgres(db: &SchemaManagerConnection<'_>) -> Result<DatabaseTransaction, DbErr> {
    let transaction = db.begin().await?;
    // Disables the statement timeout, because a migration may rewrite large tables. The timeout is meant for requests.
    transaction.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    transaction.execute_unprepared(&format!("SET LOCAL lock_timeout = {}", LOCK_TIMEOUT.as_millis())).await?;
    transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    transaction.execute_unprepared(&format!("SET LOCAL lock_timeout = {}", TABLE_LOCK_TIMEOUT.as_millis())).await?;
    Ok(transaction)
}

/// Begins a transaction with the write lock. Retries for at most five minutes, because SQLite waits for the lock for
/// only a few seconds per attempt.
async fn sqlite(db: &SchemaManagerConnection<'_>) -> Result<DatabaseTransaction, DbErr> {
    let options =
        || TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let deadline = Instant::now() + LOCK_TIMEOUT;
    loop {
        match db.begin_with_options(options()).await {
            Err(error) if is_busy(&error) && Instant::now() < deadline => {}
            outcome => return outcome,
        }
    }
}

fn is_busy(error: &DbErr) -> bool {
    error.to_string().contains("database is locked")
}
