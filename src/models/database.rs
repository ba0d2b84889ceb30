//! Database access of the models. Reads on SQLite use at most half of the connections. Writes use transactions whose
//! commit is checked.
//!
//! Without an explicit transaction, a write may be lost without an error. sqlx stops reading the result of
//! `INSERT … RETURNING` after the first row. SQLite commits only after this row. sqlx therefore does not report a
//! failed commit, for example because of a full disk. For this reason, [`Database`] rejects every statement that is not
//! a `SELECT`.
//!
//! Every call has a deadline, because a database that hangs would otherwise hold requests and connections.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::RwLock;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::time::timeout;

use super::{
    query_cache::{CommitVersion, CommitVersions},
    read_connections::ReadConnections,
};
use crate::errors;

/// Connection pool. Reads on SQLite use at most half of the connections. Writes use [`Database::begin_write`].
#[derive(Debug, Clone)]
pub struct Database {
    connection: DatabaseConnection,
    reads: Option<ReadConnections>,
    versions: Option<CommitVersions>,
    commits: Commits,
    deadline: Deadline,
}

/// Maximum durations of calls to the database.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    /// Maximum duration of one statement.
    pub statement: Duration,
    /// Maximum time to wait for a free connection.
    pub acquire: Duration,
}

impl Default for Deadline {
    fn default() -> Self {
        Self { statement: Duration::from_secs(5), acquire: Duration::from_secs(1) }
    }
}

impl Deadline {
    /// Returns the result of a statement on an acquired connection, or an error after the deadline. The caller boxes a
    /// large future, because this function moves the future.
    async fn statement<T>(self, call: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        within(self.statement, call).await
    }

    /// Returns the result of a call that acquires a connection and runs a statement, or an error after the sum of both
    /// deadlines.
    async fn acquire_and_statement<T>(self, call: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        within(self.acquire + self.statement, call).await
    }
}

async fn within<T>(limit: Duration, call: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    let late = |_| Err(DbErr::Conn(RuntimeErr::Internal(format!("the database did not respond within {limit:?}"))));
    timeout(limit, call).await.unwrap_or_else(late)
}

impl Database {
    /// Wraps a pool. Clones share the outcome of the newest commit.
    #[must_use]
    pub fn new(connection: DatabaseConnection) -> Self {
        let (reads, versions) = (ReadConnections::of(&connection), CommitVersions::of(&connection));
        Self { connection, reads, versions, commits: Commits::default(), deadline: Deadline::default() }
    }

    /// Returns a clone that uses `deadline` instead of the current deadline.
    #[must_use]
    pub fn with_deadline(&self, deadline: Deadline) -> Self {
        Self { deadline, ..self.clone() }
    }

    /// Begins a write transaction. On SQLite, the transaction takes the write lock immediately. Without this lock, a
    /// transaction that reads first would fail if another transaction writes between the first read and the first
    /// write.
    ///
    /// # Errors
    /// Returns an error if no connection is free in time, or the database is locked or unavailable.
    pub async fn begin_write(&self) -> Result<WriteTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let started = self.deadline.acquire_and_statement(Box::pin(self.connection.begin_with_options(options))).await;
        self.commits.record_failure(&started);
        let (transaction, commits) = (started?, self.commits.clone());
        Ok(WriteTransaction { transaction, commits, deadline: self.deadline, failed: AtomicBool::new(false) })
    }

    /// Returns the version of an SQLite database, which changes with each commit of any process. Returns `None` if the
    /// version is unknown, as on PostgreSQL.
    #[must_use]
    pub fn commit_version(&self) -> Option<CommitVersion> {
        self.versions.as_ref().and_then(CommitVersions::current)
    }

    /// Checks that the database responds.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.deadline.acquire_and_statement(Box::pin(self.connection.ping())).await
    }

    /// Returns connections that no read has used recently to the pool.
    pub fn release_idle(&self, now: Instant) {
        if let Some(reads) = &self.reads {
            reads.release_idle(now);
        }
    }

    /// Closes all connections. Waits for connections in use.
    ///
    /// # Errors
    /// Returns an error if the driver cannot close the pool.
    #[expect(clippy::disallowed_methods, reason = "returns the kept connections first")]
    pub async fn close(&self) -> Result<(), DbErr> {
        if let Some(reads) = &self.reads {
            reads.close();
        }
        self.connection.close_by_ref().await
    }

    /// Returns the outcome of the newest commit.
    #[must_use]
    pub const fn commits(&self) -> &Commits {
        &self.commits
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Database {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        Err(outside_transaction(&statement.sql))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        Err(outside_transaction(sql))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        check_is_read(&statement)?;
        let Some(reads) = &self.reads else {
            return self.deadline.acquire_and_statement(self.connection.query_one_raw(statement)).await;
        };
        self.deadline.acquire_and_statement(reads.fetch_optional(&statement, self.deadline.acquire)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        check_is_read(&statement)?;
        let Some(reads) = &self.reads else {
            return self.deadline.acquire_and_statement(self.connection.query_all_raw(statement)).await;
        };
        self.deadline.acquire_and_statement(reads.fetch_all(&statement, self.deadline.acquire)).await
    }
}

fn check_is_read(statement: &Statement) -> Result<(), DbErr> {
    if statement.sql.starts_with("SELECT ") { Ok(()) } else { Err(outside_transaction(&statement.sql)) }
}

fn outside_transaction(sql: &str) -> DbErr {
    let verb = sql.split_whitespace().next().unwrap_or_default();
    DbErr::Custom(format!("{verb} outside a transaction: use `Database::begin_write`"))
}

/// Write transaction. A drop without [`WriteTransaction::commit`] rolls back the transaction.
#[derive(Debug)]
pub struct WriteTransaction {
    transaction: DatabaseTransaction,
    commits: Commits,
    deadline: Deadline,
    /// Whether a statement has failed. After a failed statement, PostgreSQL rolls back at the commit without an error.
    failed: AtomicBool,
}

impl WriteTransaction {
    /// Commits the transaction.
    ///
    /// # Errors
    /// Returns an error if a statement of the transaction has failed. No change is then stored. Also returns an error
    /// if the commit fails or exceeds the deadline. The changes may then be stored.
    pub async fn commit(self) -> Result<(), DbErr> {
        if self.failed.load(Ordering::Relaxed) {
            return Err(DbErr::Custom("a statement of this transaction has failed".to_owned()));
        }
        let committed = self.deadline.statement(Box::pin(self.transaction.commit())).await;
        self.commits.record_failure(&committed);
        committed?;
        self.commits.record(true);
        Ok(())
    }

    /// Records the failure of a statement, and returns the result of the statement.
    fn record<T>(&self, outcome: Result<T, DbErr>) -> Result<T, DbErr> {
        if outcome.is_err() {
            self.failed.store(true, Ordering::Relaxed);
            self.commits.record_failure(&outcome);
        }
        outcome
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for WriteTransaction {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.record(self.deadline.statement(self.transaction.execute_raw(statement)).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.record(self.deadline.statement(self.transaction.execute_unprepared(sql)).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.record(self.deadline.statement(self.transaction.query_one_raw(statement)).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.record(self.deadline.statement(self.transaction.query_all_raw(statement)).await)
    }
}

/// Outcome of the newest commit, for the health check.
#[derive(Debug, Clone, Default)]
pub struct Commits(Arc<RwLock<Option<Commit>>>);

/// A commit or a failed attempt to write.
#[derive(Debug, Clone, Copy)]
pub struct Commit {
    pub at: Instant,
    pub succeeded: bool,
}

impl Commits {
    /// Returns the newest commit, or `None` before the first write.
    #[must_use]
    pub fn newest(&self) -> Option<Commit> {
        *self.0.read()
    }

    /// Records the outcome of a commit.
    pub fn record(&self, succeeded: bool) {
        *self.0.write() = Some(Commit { at: Instant::now(), succeeded });
    }

    /// Records a failed commit if the outcome is an error that means that the database accepts no writes. Ignores other
    /// errors, such as a conflict.
    fn record_failure<T>(&self, outcome: &Result<T, DbErr>) {
        if outcome.as_ref().err().is_some_and(errors::is_unwritable) {
            self.record(false);
        }
    }
}
