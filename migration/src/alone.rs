//! Lets one process at a time change the schema, and keeps all or nothing of what it changed.

use std::time::Duration;

use sea_orm_migration::{
    IntoSchemaManagerConnection, MigratorTrait, SchemaManagerConnection,
    sea_orm::{
        ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions,
        TransactionTrait,
    },
};
use tokio::time::Instant;

/// What PostgreSQL knows the lock by: any number that nothing else in the database locks.
const LOCK: i64 = 0x0062_616c_6c61_7374;
/// How long to wait for another process that migrates.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long a change may wait for whoever uses the table: while it waits, everybody behind it does.
const TABLE_PATIENCE: Duration = Duration::from_secs(10);

/// Takes the steps of `M` that are asked for, or none of them.
///
/// # Errors
/// When a step fails, another process migrates for longer than five minutes, or the database fails.
pub async fn up<'c, M: MigratorTrait, C>(db: C, steps: Option<u32>) -> Result<(), DbErr>
where
    C: IntoSchemaManagerConnection<'c>,
{
    let alone = begin(&db.into_database_executor()).await?;
    M::up(&alone, steps).await?;
    alone.commit().await
}

/// Takes back the steps of `M` that are asked for, or none of them.
///
/// # Errors
/// As [`up`].
pub async fn down<'c, M: MigratorTrait, C>(db: C, steps: Option<u32>) -> Result<(), DbErr>
where
    C: IntoSchemaManagerConnection<'c>,
{
    let alone = begin(&db.into_database_executor()).await?;
    M::down(&alone, steps).await?;
    alone.commit().await
}

/// A transaction that no other migration runs beside. Dropped without a commit, also by the end of
/// the process, it leaves the database as it was.
async fn begin(db: &SchemaManagerConnection<'_>) -> Result<DatabaseTransaction, DbErr> {
    match db.get_database_backend() {
        DbBackend::Postgres => postgres(db).await,
        _ => sqlite(db).await,
    }
}

async fn postgres(db: &SchemaManagerConnection<'_>) -> Result<DatabaseTransaction, DbErr> {
    let transaction = db.begin().await?;
    // The service's own limit on statements is for requests; a migration may have much to move.
    transaction.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    transaction.execute_unprepared(&format!("SET LOCAL lock_timeout = {}", PATIENCE.as_millis())).await?;
    transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    transaction.execute_unprepared(&format!("SET LOCAL lock_timeout = {}", TABLE_PATIENCE.as_millis())).await?;
    Ok(transaction)
}

/// The write lock, taken at the start. A connection waits some seconds for it; asked again, longer.
async fn sqlite(db: &SchemaManagerConnection<'_>) -> Result<DatabaseTransaction, DbErr> {
    let options =
        || TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let deadline = Instant::now() + PATIENCE;
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
