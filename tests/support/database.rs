//! Database of one test: an SQLite file, or a new database on the configured PostgreSQL server.

use std::path::Path;

use sea_orm::{ConnectionTrait, Database};
use uuid::Uuid;

/// Test database. Dropping the value deletes the database.
pub struct TestDatabase {
    pub uri: String,
    server: Option<(String, String)>,
}

impl TestDatabase {
    pub async fn create(configured: &str, folder: &Path) -> Self {
        if configured.starts_with("sqlite") {
            return Self { uri: format!("sqlite://{}?mode=rwc", folder.join("test.sqlite").display()), server: None };
        }
        let name = format!("ballast_test_{}", Uuid::now_v7().simple());
        let (server, _) = configured.rsplit_once('/').unwrap();
        Database::connect(configured)
            .await
            .unwrap()
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        Self { uri: format!("{server}/{name}"), server: Some((configured.to_owned(), name)) }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some((server, name)) = self.server.take() else { return };
        execute_on(server, vec![format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")]);
    }
}

/// Runs SQL statements on a separate thread, because `drop` cannot await, and `block_on` panics inside a
/// runtime.
pub fn execute_on(server: String, statements: Vec<String>) {
    let dropped = std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let server = Database::connect(server).await.unwrap();
            for statement in statements {
                server.execute_unprepared(&statement).await.unwrap();
            }
        });
    });
    dropped.join().unwrap();
}
