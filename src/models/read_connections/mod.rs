//! SQLite connections that are kept for reads.
//!
//! sqlx pings a connection each time the connection returns to the pool. The ping is another round trip to the thread of
//! the connection. It costs as much as a small query. A connection that is kept here returns to the pool after an error,
//! a cancelled read, an idle time or its maximum age. The pool then tests the connection.

#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DbBackend, DbErr, QueryResult, RuntimeErr, Statement,
    sqlx::{self, Sqlite, SqlitePool, pool::PoolConnection},
};
use sea_query_sqlx::SqlxValues;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// Idle time after which a connection returns to the pool, because the connection may be broken.
const MAX_IDLE: Duration = Duration::from_secs(5);
/// Time after which a connection returns to the pool, because the pool limits the age of connections.
const MAX_AGE: Duration = Duration::from_mins(10);

/// Connections for reads: half of the connections of an SQLite pool. The other half remains for transactions. Clones share
/// the connections.
#[derive(Clone)]
pub struct ReadConnections(Arc<Kept>);

struct Kept {
    pool: SqlitePool,
    /// One permit per connection.
    permits: Semaphore,
    /// Idle connections. `None` after `close`.
    idle: Mutex<Option<Vec<KeptConnection>>>,
}

struct KeptConnection {
    connection: PoolConnection<Sqlite>,
    /// When the pool handed out the connection.
    acquired_at: Instant,
    last_used_at: Instant,
}

impl fmt::Debug for ReadConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadConnections").field("permits", &self.0.permits).finish_non_exhaustive()
    }
}

impl ReadConnections {
    /// Returns `None` for PostgreSQL, where opening a connection takes so long that reads must be able to use every open
    /// connection. Also returns `None` if the pool has only one connection.
    pub fn of(connection: &DatabaseConnection) -> Option<Self> {
        if connection.get_database_backend() != DbBackend::Sqlite {
            return None;
        }
        let pool = connection.get_sqlite_connection_pool().clone();
        let connections = pool.options().get_max_connections() as usize / 2;
        let idle = Mutex::new(Some(Vec::with_capacity(connections)));
        (connections > 0).then(|| Self(Arc::new(Kept { pool, permits: Semaphore::new(connections), idle })))
    }

    /// Returns the first row of a query. Waits for a connection for at most `acquire`.
    pub async fn fetch_optional(&self, statement: &Statement, acquire: Duration) -> Result<Option<QueryResult>, DbErr> {
        let (mut kept, permit) = self.take(acquire).await?;
        let row = query(statement).fetch_optional(&mut *kept.connection).await.map_err(query_error)?;
        self.keep(kept);
        drop(permit);
        Ok(row.map(Into::into))
    }

    /// Returns all rows of a query. Waits for a connection for at most `acquire`.
    pub async fn fetch_all(&self, statement: &Statement, acquire: Duration) -> Result<Vec<QueryResult>, DbErr> {
        let (mut kept, permit) = self.take(acquire).await?;
        let rows = query(statement).fetch_all(&mut *kept.connection).await.map_err(query_error)?;
        self.keep(kept);
        drop(permit);
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Returns a kept connection, or a connection of the pool, with its permit.
    async fn take(&self, acquire: Duration) -> Result<(KeptConnection, SemaphorePermit<'_>), DbErr> {
        let taken = async {
            let permit = self.0.permits.acquire().await.map_err(|_| timed_out())?;
            let kept = self.0.idle.lock().as_mut().and_then(Vec::pop);
            if let Some(kept) = kept.filter(|kept| kept.last_used_at.elapsed() < MAX_IDLE) {
                return Ok((kept, permit));
            }
            let connection = self.0.pool.acquire().await.map_err(acquire_error)?;
            let now = Instant::now();
            Ok((KeptConnection { connection, acquired_at: now, last_used_at: now }, permit))
        };
        timeout(acquire, taken).await.unwrap_or_else(|_| Err(timed_out()))
    }

    fn keep(&self, mut kept: KeptConnection) {
        kept.last_used_at = Instant::now();
        if kept.acquired_at.elapsed() < MAX_AGE
            && let Some(idle) = self.0.idle.lock().as_mut()
        {
            idle.push(kept);
        }
    }

    /// Returns the connections to the pool that have not been used for [`MAX_IDLE`].
    pub fn release_idle(&self, now: Instant) {
        let is_idle = |kept: &mut KeptConnection| now.duration_since(kept.last_used_at) >= MAX_IDLE;
        let released: Vec<_> = self.0.idle.lock().iter_mut().flat_map(|idle| idle.extract_if(.., is_idle)).collect();
        drop(released);
    }

    /// Returns all idle connections to the pool, and keeps no connection from now on. The pool can be closed only
    /// without kept connections.
    pub fn close(&self) {
        drop(self.0.idle.lock().take());
    }
}

fn query(statement: &Statement) -> sqlx::query::Query<'_, Sqlite, SqlxValues> {
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
