//! Database access of the models: reads on any connection, writes in transactions whose commit is checked.
//!
//! A write outside an explicit transaction can be acknowledged and lost: sqlx stops reading an
//! `INSERT … RETURNING` at its first row, so SQLite's implicit commit, which fails on a full disk, goes
//! unnoticed. [`Database`] therefore rejects every statement that is not a `SELECT`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use loco_rs::app::AppContext;
use parking_lot::RwLock;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};

use crate::errors;

/// The connection pool. It reads by itself and writes through [`Database::begin_write`].
#[derive(Debug, Clone)]
pub struct Database {
    connection: DatabaseConnection,
    commits: Commits,
}

impl Database {
    /// Wraps a pool. Clones share the record of commits.
    #[must_use]
    pub fn new(connection: DatabaseConnection) -> Self {
        Self { connection, commits: Commits::default() }
    }

    /// Returns the database of this application, as the initializers have stored it.
    #[must_use]
    pub fn of(ctx: &AppContext) -> Self {
        ctx.shared_store.get().unwrap_or_else(|| Self::new(ctx.db.clone()))
    }

    /// Begins a transaction that writes. On SQLite it takes the write lock at once, because a transaction
    /// that reads first fails instead of waiting if another one has written in between.
    ///
    /// # Errors
    /// If no connection is free in time, or the database is busy or gone.
    pub async fn begin_write(&self) -> Result<WriteTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let begun = self.connection.begin_with_options(options).await;
        self.commits.record_failure(&begun);
        Ok(WriteTransaction { transaction: begun?, commits: self.commits.clone(), failed: AtomicBool::new(false) })
    }

    /// Checks that the database answers a read.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.connection.ping().await
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
        self.connection.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        check_is_read(&statement)?;
        self.connection.query_all_raw(statement).await
    }
}

fn check_is_read(statement: &Statement) -> Result<(), DbErr> {
    if statement.sql.starts_with("SELECT ") { Ok(()) } else { Err(outside_transaction(&statement.sql)) }
}

fn outside_transaction(sql: &str) -> DbErr {
    let verb = sql.split_whitespace().next().unwrap_or_default();
    DbErr::Custom(format!("{verb} outside a transaction: use `Database::begin_write`"))
}

/// A transaction that writes. Dropped without [`WriteTransaction::commit`], it is rolled back.
#[derive(Debug)]
pub struct WriteTransaction {
    transaction: DatabaseTransaction,
    commits: Commits,
    /// Whether a statement has failed: PostgreSQL would answer a commit with a rollback and no error.
    failed: AtomicBool,
}

impl WriteTransaction {
    /// Makes the changes durable.
    ///
    /// # Errors
    /// If a statement of the transaction has failed, or the commit itself fails. Nothing is stored then.
    pub async fn commit(self) -> Result<(), DbErr> {
        if self.failed.load(Ordering::Relaxed) {
            return Err(DbErr::Custom("a statement of this transaction has failed".to_owned()));
        }
        let committed = self.transaction.commit().await;
        self.commits.record_failure(&committed);
        committed?;
        self.commits.record(true);
        Ok(())
    }

    fn note<T>(&self, outcome: Result<T, DbErr>) -> Result<T, DbErr> {
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
        self.note(self.transaction.execute_raw(statement).await)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.note(self.transaction.execute_unprepared(sql).await)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.note(self.transaction.query_one_raw(statement).await)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.note(self.transaction.query_all_raw(statement).await)
    }
}

/// The outcome of the newest commit, for the health check.
#[derive(Debug, Clone, Default)]
pub struct Commits(Arc<RwLock<Option<Commit>>>);

/// One commit, or one attempt at it.
#[derive(Debug, Clone, Copy)]
pub struct Commit {
    pub at: Instant,
    pub succeeded: bool,
}

impl Commits {
    /// Returns the newest one, or `None` if nothing has been written yet.
    #[must_use]
    pub fn newest(&self) -> Option<Commit> {
        *self.0.read()
    }

    /// Records an outcome.
    pub fn record(&self, succeeded: bool) {
        *self.0.write() = Some(Commit { at: Instant::now(), succeeded });
    }

    /// Records a failure that says that the database takes no writes; a conflict does not.
    fn record_failure<T>(&self, outcome: &Result<T, DbErr>) {
        if outcome.as_ref().err().is_some_and(errors::is_unwritable) {
            self.record(false);
        }
    }
}
