//! Tests of a full disk under the database: all acknowledged writes are stored, and the service recovers.

mod pages;
mod postgres;

use ballast::models::users;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Database, EntityTrait, PaginatorTrait};
use serde_json::json;

use crate::support::{
    TestApp,
    api_requests::{document, is_same_route, send, writes},
    faults::endpoints,
    small_disk::SmallDisk,
};

/// Path prefixes of the routes that the tests must cover if the routes write to the database.
///
/// Excludes generated routes, because these routes write through the same type `Database`.
const OWN: [&str; 3] = ["/api/v1/auth", "/api/v1/documents", "/api/v1/uploads"];

/// SQL statement that empties the write-ahead log, so that the next write needs new disk space.
const TRUNCATE_WAL: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// Starts an application on SQLite, even if the other tests use PostgreSQL.
async fn app_on(disk: &SmallDisk) -> TestApp {
    let uri = uri(disk);
    TestApp::start_with(|config| config.database.uri = uri).await
}

fn uri(disk: &SmallDisk) -> String {
    format!("sqlite://{}?mode=rwc", disk.path().join("test.sqlite").display())
}

async fn fill(app: &TestApp, disk: &SmallDisk) {
    app.ctx.db.execute_unprepared(TRUNCATE_WAL).await.unwrap();
    disk.fill();
}

#[tokio::test]
async fn write_routes_return_507_while_the_disk_is_full_and_recover() {
    let Some(disk) = SmallDisk::mount(4) else { return };
    let app = app_on(&disk).await;
    let ada = app.sign_in("ada").await;
    let writes = writes(&app, &ada).await;
    for (method, template) in endpoints(&app.ctx) {
        let covered = writes.iter().any(|(verb, path, _)| *verb == method && is_same_route(path, &template));
        let is_own = OWN.iter().any(|prefix| template.starts_with(prefix));
        let is_write = is_own && !matches!(method.as_str(), "GET" | "HEAD");
        assert!(covered || !is_write, "{method} {template} is not covered");
    }
    fill(&app, &disk).await;
    for write in &writes {
        let response = send(&app, &ada, write).await;
        assert_eq!((response.status.as_u16(), response.error_code().as_str()), (507, "storage_full"), "{write:?}");
    }
    assert_eq!(app.get("/api/v1/auth/me").bearer(&ada).send().await.status, 200, "reads must succeed");
    let health = app.get("/api/v1/health").send().await;
    assert_eq!((health.status.as_u16(), &health.json()["checks"]["database"]["status"]), (200, &json!("degraded")));

    disk.free();
    let created = join_all((0..40).map(|_| app.post("/api/v1/documents").bearer(&ada).json(&document()).send())).await;
    assert!(created.iter().all(|response| response.status == 201), "{:?}", created[0].text());
    // Excludes requests that end the session or the account, because later requests would then fail.
    for write in writes.iter().filter(|(method, path, _)| *method != "DELETE" && !path.contains("/auth/")) {
        assert!(send(&app, &ada, write).await.status.is_success(), "{write:?}");
    }
    let health = app.get("/api/v1/health").send().await.json();
    assert_eq!(health["checks"]["database"]["status"], "ok");
}

#[tokio::test]
async fn acknowledged_documents_are_stored_on_a_full_disk() {
    let Some(disk) = SmallDisk::mount(4) else { return };
    let app = app_on(&disk).await;
    let ada = app.sign_in("ada").await;
    let large = json!({ "title": "Large", "body": "x".repeat(50_000) });
    let mut acknowledged = 0;
    for round in 0..3 {
        fill(&app, &disk).await;
        for _ in 0..20 {
            acknowledged +=
                u64::from(app.post("/api/v1/documents").bearer(&ada).json(&large).send().await.status == 201);
        }
        disk.free();
        for _ in 0..5 {
            let response = app.post("/api/v1/documents").bearer(&ada).json(&document()).send().await;
            assert_eq!(response.status, 201, "round {round}: {}", response.text());
            acknowledged += 1;
        }
    }
    app.db.close().await.unwrap();
    let reopened = Database::connect(uri(&disk)).await.unwrap();
    let stored = ballast::models::documents::Entity::find().count(&reopened).await.unwrap();
    assert_eq!(stored, acknowledged);
}

#[tokio::test]
async fn write_outside_a_transaction_is_rejected() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    for error in [
        users::Entity::delete_many().exec(&app.db).await.unwrap_err(),
        app.db.execute_unprepared("DELETE FROM users").await.unwrap_err(),
    ] {
        assert!(error.to_string().contains("outside a transaction"), "{error}");
    }
    assert_eq!(users::Entity::find().count(&app.db).await.unwrap(), 1);
}
