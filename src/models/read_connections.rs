//! Connections that are kept for reads.
//!
//! sqlx pings a connection each time the connection returns to the pool. The ping is another round trip to the database
//! server, or to the thread of an SQLite connection, so it costs as much as a small query. A connection that is kept
//! here returns to the pool only after an error or a cancelled read. The pool then tests the connection.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DbBackend, DbErr, QueryResult, RuntimeErr, Statement,
    sqlx::{self, Executor, IntoArguments, Pool, Postgres, Sqlite, pool::PoolConnection},
};
use sea_query_sqlx::SqlxValues;
use tokio::{sync::Semaphore, time::timeout};

/// Idle time after which a connection returns to the pool instead of being used. The pool tests such a connection,
/// because the connection may be broken.
const MAX_IDLE: Duration = Duration::from_secs(5);

/// Connections for reads: half of the connections of a pool. The other half remains for transactions. Clones share the
/// connections.
#[derive(Debug, Clone)]
pub enum ReadConnections {
    Sqlite(Arc<Kept<Sqlite>>),
    Postgres(Arc<Kept<Postgres>>),
}

impl ReadConnections {
    /// Returns `None` if the pool has only one connection.
    pub fn of(connection: &DatabaseConnection) -> Option<Self> {
        match connection.get_database_backend() {
            DbBackend::Sqlite => Kept::of(connection.get_sqlite_connection_pool()).map(Self::Sqlite),
            DbBackend::Postgres => Kept::of(connection.get_postgres_connection_pool()).map(Self::Postgres),
            _ => None,
        }
    }

    /// Returns the first row of a query. Waits for a connection for at most `acquire`.
    pub async fn fetch_optional(&self, statement: &Statement, acquire: Duration) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(kept) => kept.fetch_optional(statement, acquire).await,
            Self::Postgres(kept) => kept.fetch_optional(statement, acquire).await,
        }
    }

    /// Returns all rows of a query. Waits for a connection for at most `acquire`.
    pub async fn fetch_all(&self, statement: &Statement, acquire: Duration) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(kept) => kept.fetch_all(statement, acquire).await,
            Self::Postgres(kept) => kept.fetch_all(statement, acquire).await,
        }
    }

    /// Returns all idle connections to the pool, and keeps no connection from now on. The pool can be closed only
    /// without kept connections.
    pub fn close(&self) {
        match self {
            Self::Sqlite(kept) => kept.close(),
            Self::Postgres(kept) => kept.close(),
        }
    }
}

/// Kept connections of one kind of database.
pub struct Kept<DB: sqlx::Database> {
    pool: Pool<DB>,
    /// One permit per connection.
    permits: Semaphore,
    /// Idle connections with the time of their last use. `None` after `close`.
    idle: Mutex<Option<Vec<(PoolConnection<DB>, Instant)>>>,
}

impl<DB: sqlx::Database> fmt::Debug for Kept<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("permits", &self.permits).finish_non_exhaustive()
    }
}

impl<DB> Kept<DB>
where
    DB: sqlx::Database,
    SqlxValues: IntoArguments<DB>,
    QueryResult: From<DB::Row>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    fn of(pool: &Pool<DB>) -> Option<Arc<Self>> {
        let connections = pool.options().get_max_connections() as usize / 2;
        let idle = Mutex::new(Some(Vec::with_capacity(connections)));
        (connections > 0).then(|| Arc::new(Self { pool: pool.clone(), permits: Semaphore::new(connections), idle }))
    }

    async fn fetch_optional(&self, statement: &Statement, acquire: Duration) -> Result<Option<QueryResult>, DbErr> {
        let permit = timeout(acquire, self.permits.acquire()).await.map_err(|_| timed_out())?;
        let mut connection = self.take().await?;
        let row = query(statement).fetch_optional(&mut *connection).await.map_err(query_error)?;
        self.keep(connection);
        drop(permit);
        Ok(row.map(Into::into))
    }

    async fn fetch_all(&self, statement: &Statement, acquire: Duration) -> Result<Vec<QueryResult>, DbErr> {
        let permit = timeout(acquire, self.permits.acquire()).await.map_err(|_| timed_out())?;
        let mut connection = self.take().await?;
        let rows = query(statement).fetch_all(&mut *connection).await.map_err(query_error)?;
        self.keep(connection);
        drop(permit);
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Returns a kept connection, or a connection of the pool.
    async fn take(&self) -> Result<PoolConnection<DB>, DbErr> {
        let kept = self.idle.lock().as_mut().and_then(Vec::pop);
        if let Some((connection, since)) = kept
            && since.elapsed() < MAX_IDLE
        {
            return Ok(connection);
        }
        self.pool.acquire().await.map_err(acquire_error)
    }

    fn keep(&self, connection: PoolConnection<DB>) {
        if let Some(idle) = self.idle.lock().as_mut() {
            idle.push((connection, Instant::now()));
        }
    }

    fn close(&self) {
        drop(self.idle.lock().take());
    }
}

fn query<DB>(statement: &Statement) -> sqlx::query::Query<'_, DB, SqlxValues>
where
    DB: sqlx::Database,
    SqlxValues: IntoArguments<DB>,
{
    let values = statement.values.clone().unwrap_or_else(|| sea_orm::Values(Vec::new()));
    sqlx::query_with(sqlx::AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}

fn query_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

fn acquire_error(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => timed_out(),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(RuntimeErr::SqlxError(error.into())),
    }
}

const fn timed_out() -> DbErr {
    DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use sea_orm::{ConnectOptions, Database};

    use super::*;

    const ACQUIRE: Duration = Duration::from_secs(5);

    /// Opens a pool of four connections, of which two are kept for reads.
    async fn open(folder: &tempfile::TempDir) -> (DatabaseConnection, ReadConnections) {
        let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", folder.path().join("db").display()));
        options.max_connections(4).min_connections(0);
        let connection = Database::connect(options).await.unwrap();
        let reads = ReadConnections::of(&connection).unwrap();
        (connection, reads)
    }

    fn statement(sql: &str) -> Statement {
        Statement::from_string(DbBackend::Sqlite, sql)
    }

    async fn one(reads: &ReadConnections) -> i32 {
        reads.fetch_optional(&statement("SELECT 1"), ACQUIRE).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    /// Number of connections that are not in the pool.
    fn taken(connection: &DatabaseConnection) -> usize {
        let pool = connection.get_sqlite_connection_pool();
        pool.size() as usize - pool.num_idle()
    }

    #[tokio::test]
    async fn read_keeps_its_connection_for_the_next_read() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, reads) = open(&folder).await;
        for _ in 0..3 {
            assert_eq!(one(&reads).await, 1);
            assert_eq!(taken(&connection), 1);
        }
        assert_eq!(reads.fetch_all(&statement("SELECT 1 UNION SELECT 2"), ACQUIRE).await.unwrap().len(), 2);
        assert!(reads.fetch_optional(&statement("SELECT 1 WHERE 0"), ACQUIRE).await.unwrap().is_none());
        assert_eq!(taken(&connection), 1);
    }

    #[tokio::test]
    async fn concurrent_reads_use_half_of_the_pool() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, reads) = open(&folder).await;
        assert_eq!(join_all((0..50).map(|_| one(&reads))).await, [1; 50]);
        assert_eq!(taken(&connection), 2);
    }

    #[tokio::test]
    async fn failed_or_cancelled_read_returns_its_connection_to_the_pool() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, reads) = open(&folder).await;
        reads.fetch_optional(&statement("SELECT missing"), ACQUIRE).await.unwrap_err();
        let endless =
            statement("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000000) SELECT i FROM n");
        timeout(Duration::from_millis(20), reads.fetch_all(&endless, ACQUIRE)).await.unwrap_err();
        // The pool tests the connections in the background.
        while taken(&connection) > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(one(&reads).await, 1);
    }

    #[tokio::test]
    async fn read_waits_for_a_connection_until_its_timeout() {
        let folder = tempfile::tempdir().unwrap();
        let (_, reads) = open(&folder).await;
        let ReadConnections::Sqlite(kept) = &reads else { panic!("the database is SQLite") };
        let _all = kept.permits.acquire_many(2).await.unwrap();
        let late = reads.fetch_optional(&statement("SELECT 1"), Duration::from_millis(10)).await.unwrap_err();
        assert_eq!(late, timed_out());
    }

    #[tokio::test]
    async fn pool_closes_when_no_connection_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (connection, reads) = open(&folder).await;
        one(&reads).await;
        reads.close();
        connection.close_by_ref().await.unwrap();
        let closed = reads.fetch_optional(&statement("SELECT 1"), ACQUIRE).await.unwrap_err();
        assert_eq!(closed, DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed));
    }

    #[tokio::test]
    async fn pool_with_one_connection_keeps_none() {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1);
        assert!(ReadConnections::of(&Database::connect(options).await.unwrap()).is_none());
    }
}
