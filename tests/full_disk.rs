//! A full disk under the database: nothing is acknowledged that is not stored, and the service recovers.

mod pages;
mod postgres;

use ballast::{
    clock,
    models::{
        one_time_tokens::{OneTimeToken, Purpose},
        users,
    },
};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, ConnectionTrait, Database, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    PASSWORD, TestApp,
    app::SignedIn,
    faults::endpoints,
    request::{Answer, Request},
    small_disk::SmallDisk,
};

/// Routes that are all tried. Generated ones write through the same `Database`, which rejects anything else.
const OWN: [&str; 3] = ["/api/v1/auth", "/api/v1/documents", "/api/v1/uploads"];

/// Takes the write-ahead log's file away, so that the next write must ask the disk for room.
const EMPTY_LOG: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// On SQLite, whichever database the other tests use.
async fn app_on(disk: &SmallDisk) -> TestApp {
    let uri = uri(disk);
    TestApp::start_with(|config| config.database.uri = uri).await
}

fn uri(disk: &SmallDisk) -> String {
    format!("sqlite://{}?mode=rwc", disk.path().join("test.sqlite").display())
}

async fn fill(app: &TestApp, disk: &SmallDisk) {
    app.ctx.db.execute_unprepared(EMPTY_LOG).await.unwrap();
    disk.fill();
}

async fn token(app: &TestApp, email: &str, purpose: Purpose) -> String {
    let user = users::Entity::find().filter(users::Column::Email.eq(email)).one(&app.db).await.unwrap().unwrap();
    OneTimeToken::issue(&app.ctx.db, &user, purpose, clock::now()).await.unwrap().text().to_owned()
}

async fn id(answer: Request) -> String {
    let answer = answer.send().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn document() -> Value {
    json!({ "title": "Notes", "body": "It rained." })
}

/// A request: its method, its path and its body.
type Write = (&'static str, String, Value);

/// A valid request for every route of the API that writes.
async fn writes(app: &TestApp, ada: &SignedIn) -> Vec<Write> {
    let document_id = id(app.post("/api/v1/documents").bearer(ada).json(&document())).await;
    let upload = id(app.post("/api/v1/uploads").bearer(ada).file("a.txt", b"text")).await;
    let session = app.get("/api/v1/auth/sessions").bearer(ada).send().await.json()["items"][0]["id"].clone();
    let session = session.as_str().unwrap();
    let email = ada.user["email"].as_str().unwrap();
    let (verify, reset) = (token(app, email, Purpose::Verify).await, token(app, email, Purpose::Reset).await);
    let new = "another horse battery staple";
    let credentials = json!({ "email": email, "password": PASSWORD });
    let registration = json!({ "name": "Eve", "email": format!("new-{email}"), "password": PASSWORD });
    let api = |path: &str| format!("/api/v1{path}");
    vec![
        ("POST", api("/auth/register"), registration),
        ("POST", api("/auth/login"), credentials),
        ("POST", api("/auth/login"), json!({ "email": email, "password": "wrong wrong wrong" })),
        ("POST", api("/auth/refresh"), json!({ "refresh_token": ada.refresh })),
        ("POST", api("/auth/logout"), Value::Null),
        ("POST", api("/auth/verify"), json!({ "token": verify })),
        ("POST", api("/auth/resend"), json!({ "email": email })),
        ("POST", api("/auth/forgot"), json!({ "email": email })),
        ("POST", api("/auth/reset"), json!({ "token": reset, "password": new })),
        ("PUT", api("/auth/password"), json!({ "current_password": PASSWORD, "password": new })),
        ("DELETE", api("/auth/me"), json!({ "password": PASSWORD })),
        ("DELETE", api(&format!("/auth/sessions/{session}")), Value::Null),
        ("DELETE", api("/auth/sessions"), Value::Null),
        ("POST", api("/documents"), document()),
        ("PUT", api(&format!("/documents/{document_id}")), document()),
        ("DELETE", api(&format!("/documents/{document_id}")), Value::Null),
        ("POST", api(&format!("/documents/{document_id}/typesettings")), Value::Null),
        ("POST", api("/uploads"), Value::Null),
        ("DELETE", api(&format!("/uploads/{upload}")), Value::Null),
    ]
}

async fn send(app: &TestApp, ada: &SignedIn, (method, path, body): &Write) -> Answer {
    let request = app.request(method, path).bearer(ada);
    let request = match body {
        Value::Null if *method == "POST" && path.ends_with("/uploads") => request.file("b.txt", b"text"),
        Value::Null => request,
        body => request.json(body),
    };
    request.send().await
}

/// Returns whether two paths are the same but for their IDs.
fn is_same_route(path: &str, other: &str) -> bool {
    let is_id = |part: &str| Uuid::parse_str(part).is_ok();
    path.split('/').count() == other.split('/').count()
        && path.split('/').zip(other.split('/')).all(|(a, b)| a == b || (is_id(a) && is_id(b)))
}

#[tokio::test]
async fn every_write_route_responds_507_while_the_disk_is_full_and_works_again_once_there_is_room() {
    let Some(disk) = SmallDisk::mount(4) else { return };
    let app = app_on(&disk).await;
    let ada = app.sign_in("ada").await;
    let writes = writes(&app, &ada).await;
    for (method, template) in endpoints(&app.ctx) {
        let covered = writes.iter().any(|(verb, path, _)| *verb == method && is_same_route(path, &template));
        let is_own = OWN.iter().any(|prefix| template.starts_with(prefix));
        let is_write = is_own && !matches!(method.as_str(), "GET" | "HEAD");
        assert!(covered || !is_write, "{method} {template} is not tried");
    }
    fill(&app, &disk).await;
    for write in &writes {
        let answer = send(&app, &ada, write).await;
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (507, "storage_full"), "{write:?}");
    }
    assert_eq!(app.get("/api/v1/auth/me").bearer(&ada).send().await.status, 200, "reads go on");
    let health = app.get("/api/v1/health").send().await;
    assert_eq!((health.status.as_u16(), &health.json()["checks"]["database"]["status"]), (200, &json!("degraded")));

    disk.free();
    let created = join_all((0..40).map(|_| app.post("/api/v1/documents").bearer(&ada).json(&document()).send())).await;
    assert!(created.iter().all(|answer| answer.status == 201), "{:?}", created[0].text());
    // The last ones end the session and the account.
    for write in writes.iter().filter(|(method, path, _)| *method != "DELETE" && !path.contains("/auth/")) {
        assert!(send(&app, &ada, write).await.status.is_success(), "{write:?}");
    }
    let health = app.get("/api/v1/health").send().await.json();
    assert_eq!(health["checks"]["database"]["status"], "ok");
}

#[tokio::test]
async fn acknowledged_documents_are_stored_whenever_the_disk_was_full() {
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
            let answer = app.post("/api/v1/documents").bearer(&ada).json(&document()).send().await;
            assert_eq!(answer.status, 201, "round {round}: {}", answer.text());
            acknowledged += 1;
        }
    }
    app.ctx.db.clone().close().await.unwrap();
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
