//! Tests on SQLite with a pool of four connections.

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

/// Waits until this number of connections is not in the pool. The pool tests returned connections in the background.
async fn expect_taken(connection: &DatabaseConnection, expected: usize) {
    let pool = connection.get_sqlite_connection_pool();
    let settled = async {
        while pool.size() as usize - pool.num_idle() != expected {
            tokio::task::yield_now().await;
        }
    };
    let message = format!("{} connections, of which {} are idle", pool.size(), pool.num_idle());
    timeout(ACQUIRE, settled).await.expect(&message);
}

#[tokio::test]
async fn read_keeps_its_connection_for_the_next_read() {
    let folder = tempfile::tempdir().unwrap();
    let (connection, reads) = open(&folder).await;
    for _ in 0..3 {
        assert_eq!(one(&reads).await, 1);
        expect_taken(&connection, 1).await;
    }
    assert_eq!(reads.fetch_all(&statement("SELECT 1 UNION SELECT 2"), ACQUIRE).await.unwrap().len(), 2);
    assert!(reads.fetch_optional(&statement("SELECT 1 WHERE 0"), ACQUIRE).await.unwrap().is_none());
    expect_taken(&connection, 1).await;
}

#[tokio::test]
async fn concurrent_reads_use_half_of_the_pool() {
    let folder = tempfile::tempdir().unwrap();
    let (connection, reads) = open(&folder).await;
    assert_eq!(join_all((0..50).map(|_| one(&reads))).await, [1; 50]);
    expect_taken(&connection, 2).await;
}

#[tokio::test]
async fn failed_or_cancelled_read_returns_its_connection_to_the_pool() {
    let folder = tempfile::tempdir().unwrap();
    let (connection, reads) = open(&folder).await;
    reads.fetch_optional(&statement("SELECT missing"), ACQUIRE).await.unwrap_err();
    let endless =
        statement("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000000) SELECT i FROM n");
    timeout(Duration::from_millis(20), reads.fetch_all(&endless, ACQUIRE)).await.unwrap_err();
    expect_taken(&connection, 0).await;
    assert_eq!(one(&reads).await, 1);
}

#[tokio::test]
async fn read_waits_for_a_connection_until_its_timeout() {
    let folder = tempfile::tempdir().unwrap();
    let (_, reads) = open(&folder).await;
    let _all = reads.0.permits.acquire_many(2).await.unwrap();
    let late = reads.fetch_optional(&statement("SELECT 1"), Duration::from_millis(10)).await.unwrap_err();
    assert_eq!(late, timed_out());
}

#[tokio::test]
async fn idle_connection_returns_to_the_pool() {
    let folder = tempfile::tempdir().unwrap();
    let (connection, reads) = open(&folder).await;
    one(&reads).await;
    reads.release_idle(Instant::now());
    expect_taken(&connection, 1).await;
    reads.release_idle(Instant::now() + MAX_IDLE);
    expect_taken(&connection, 0).await;
}

#[tokio::test]
async fn read_waits_for_an_exhausted_pool_until_its_timeout() {
    let folder = tempfile::tempdir().unwrap();
    let (connection, reads) = open(&folder).await;
    let pool = connection.get_sqlite_connection_pool();
    let _all = join_all((0..4).map(|_| pool.acquire())).await;
    let late = reads.fetch_optional(&statement("SELECT 1"), Duration::from_millis(10)).await.unwrap_err();
    assert_eq!(late, timed_out());
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "tests what `Database::close` does")]
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
