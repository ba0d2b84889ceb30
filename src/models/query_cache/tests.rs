//! Tests on SQLite with two pools, as in two processes.

use std::cell::Cell;

use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection};

use super::*;

async fn open(folder: &tempfile::TempDir) -> DatabaseConnection {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", folder.path().join("db").display()));
    options.max_connections(1).map_sqlx_sqlite_opts(|sqlite| sqlite.pragma("journal_mode", "WAL"));
    let connection = sea_orm::Database::connect(options).await.unwrap();
    connection.execute_unprepared("CREATE TABLE IF NOT EXISTS notes (text TEXT)").await.unwrap();
    connection
}

/// Looks a key up with a query that returns `value`. Returns the result, and whether the query ran.
async fn look_up(cache: &QueryCache<u8, u8>, db: &Database, key: u8, value: Option<u8>) -> (Option<u8>, bool) {
    let ran = Cell::new(false);
    let query = async {
        ran.set(true);
        Ok(value)
    };
    (cache.get_or_query(db, key, query).await.unwrap(), ran.get())
}

#[tokio::test]
async fn result_is_cached_until_any_process_commits() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (open(&folder).await, open(&folder).await);
    let (db, cache) = (Database::new(ours.clone()), QueryCache::default());
    for (value, writer) in [(1, &ours), (2, &other), (3, &ours)] {
        assert_eq!(look_up(&cache, &db, 0, Some(value)).await, (Some(value), true));
        assert_eq!(look_up(&cache, &db, 0, Some(99)).await, (Some(value), false));
        assert_eq!(look_up(&cache, &db, 1, Some(value)).await, (Some(value), true));
        writer.execute_unprepared("INSERT INTO notes VALUES ('rain')").await.unwrap();
    }
}

#[tokio::test]
async fn commit_during_the_query_invalidates_the_result() {
    let folder = tempfile::tempdir().unwrap();
    let connection = open(&folder).await;
    let (db, cache) = (Database::new(connection.clone()), QueryCache::default());
    let query = async {
        connection.execute_unprepared("INSERT INTO notes VALUES ('rain')").await.unwrap();
        Ok(Some(1))
    };
    assert_eq!(cache.get_or_query(&db, 0, query).await.unwrap(), Some(1));
    assert_eq!(look_up(&cache, &db, 0, Some(2)).await, (Some(2), true));
}

#[tokio::test]
async fn missing_result_is_not_cached() {
    let folder = tempfile::tempdir().unwrap();
    let (db, cache) = (Database::new(open(&folder).await), QueryCache::default());
    assert_eq!(look_up(&cache, &db, 0, None).await, (None, true));
    assert_eq!(look_up(&cache, &db, 0, Some(1)).await, (Some(1), true));
}

#[tokio::test]
async fn cache_is_empty_when_the_database_is_in_memory() {
    let connection = sea_orm::Database::connect("sqlite::memory:").await.unwrap();
    let (db, cache) = (Database::new(connection), QueryCache::default());
    for value in [1, 2] {
        assert_eq!(look_up(&cache, &db, 0, Some(value)).await, (Some(value), true));
    }
}

#[tokio::test]
async fn full_cache_drops_all_results() {
    let folder = tempfile::tempdir().unwrap();
    let (db, cache) = (Database::new(open(&folder).await), QueryCache::default());
    let version = db.commit_version().unwrap();
    for key in 0..CAPACITY {
        cache.insert(version, key, ());
    }
    assert_eq!(cache.0.lock().by_key.len(), CAPACITY);
    cache.insert(version, CAPACITY, ());
    assert_eq!(cache.0.lock().by_key.len(), 1);
}
