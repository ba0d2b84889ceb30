//! Tests of a database that stops responding but keeps its connections open.

use std::time::Duration;

use ballast::{
    initializers::database,
    models::{Database, database::Deadline},
};
use sea_orm::{ConnectionTrait, DatabaseBackend, TransactionTrait};
use serde_json::json;

use crate::support::{
    Browser, TestApp,
    proxy::{Mode, Proxy},
};

/// Deadlines of these tests, shorter than in production, so that the tests end soon.
const DEADLINE: Deadline = Deadline { statement: Duration::from_millis(500), acquire: Duration::from_millis(500) };

/// Starts an application whose connections to PostgreSQL pass through a proxy. Returns `None` on SQLite.
async fn app_behind_proxy() -> Option<(TestApp, Proxy)> {
    let mut app = TestApp::start().await;
    if app.ctx.db.get_database_backend() != DatabaseBackend::Postgres {
        return None;
    }
    let address = url::Url::parse(&app.ctx.config.database.uri).unwrap();
    let server = format!("{}:{}", address.host_str().unwrap(), address.port().unwrap_or(5432));
    let proxy = Proxy::start(&server).await;
    let mut through_proxy = address;
    through_proxy.set_ip_host(proxy.address.ip()).unwrap();
    through_proxy.set_port(Some(proxy.address.port())).unwrap();
    let config = loco_rs::config::Database { uri: through_proxy.into(), ..app.ctx.config.database.clone() };
    let connection = database::open(&config).await.unwrap();
    app.replace_services(|services| services.db = Database::new(connection).with_deadline(DEADLINE)).await;
    Some((app, proxy))
}

#[tokio::test]
async fn requests_get_503_while_the_database_hangs_and_succeed_afterwards() {
    let Some((app, proxy)) = app_behind_proxy().await else { return };
    let user = app.sign_in("ada").await;
    let browser = Browser::signed_in(&app, "eve").await;
    let document = json!({ "title": "Notes", "body": "It rained." });
    proxy.set(Mode::Hang);
    let read = app.get("/api/v1/documents").bearer(&user).send().await;
    let write = app.post("/api/v1/documents").bearer(&user).json(&document).send().await;
    for response in [read, write] {
        assert_eq!((response.status.as_u16(), response.error_code().as_str()), (503, "service_unavailable"));
        assert!(response.header("retry-after").is_some());
    }
    let page = browser.get("/documents").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (503, Some("text/html; charset=utf-8")));
    let health = app.get("/api/v1/health").send().await;
    assert_eq!((health.status.as_u16(), &health.json()["status"]), (503, &"unavailable".into()));
    assert_eq!(app.get("/api/v1/health/live").send().await.status, 200);

    proxy.set(Mode::Pass);
    assert_eq!(app.post("/api/v1/documents").bearer(&user).json(&document).send().await.status, 201);
    assert_eq!(browser.get("/documents").await.status, 200);
}

#[tokio::test]
async fn writes_get_503_and_reads_succeed_while_another_transaction_holds_the_lock() {
    let mut app = TestApp::start().await;
    app.replace_services(|services| services.db = services.db.with_deadline(DEADLINE)).await;
    let user = app.sign_in("ada").await;
    let document = json!({ "title": "Notes", "body": "It rained." });
    let created = app.post("/api/v1/documents").bearer(&user).json(&document).send().await.json();
    let path = format!("/api/v1/documents/{}", created["id"].as_str().unwrap());
    // Locks the whole database on SQLite, and the row of the document on PostgreSQL.
    let lock = app.ctx.db.begin().await.unwrap();
    lock.execute_unprepared("UPDATE documents SET title = title").await.unwrap();
    let response = app.put(&path).bearer(&user).json(&document).send().await;
    assert_eq!((response.status.as_u16(), response.error_code().as_str()), (503, "service_unavailable"));
    assert!(response.header("retry-after").is_some());
    assert_eq!(app.get(&path).bearer(&user).send().await.status, 200);
    lock.rollback().await.unwrap();
    assert_eq!(app.put(&path).bearer(&user).json(&document).send().await.status, 200);
}
