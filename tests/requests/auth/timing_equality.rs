//! Tests that known and unknown e-mail addresses cause equal database statements.

use std::sync::{Arc, Mutex};

use ballast::{
    initializers::database,
    models::{
        Database,
        auth_services::AuthServices,
        request_context::Client,
        users::{Model, authentication::Credentials, registration::NewUser},
    },
};
use loco_rs::config;

use super::request_context;
use crate::support::{PASSWORD, TestApp, app::limit};

/// Database that records its statements, and the other arguments of the functions under test.
struct Recorded {
    db: Database,
    auth: AuthServices,
    client: Client,
}

/// Returns a database that records its statements, and the list of recorded statements.
///
/// The database has one connection. `SeaORM` does not record the statements of the connections that are kept for reads,
/// and a pool with one connection keeps none.
async fn recording(app: &TestApp) -> (Recorded, Arc<Mutex<Vec<String>>>) {
    let settings = config::Database { max_connections: 1, ..app.ctx.config.database.clone() };
    let mut connection = database::open(&settings).await.unwrap();
    let statements = Arc::new(Mutex::new(Vec::new()));
    let recorder = Arc::clone(&statements);
    connection.set_metric_callback(move |info| recorder.lock().unwrap().push(info.statement.sql.clone()));
    let client = Client::new("", "203.0.113.7".parse().unwrap());
    (Recorded { db: Database::new(connection), auth: app.services().auth.clone(), client }, statements)
}

async fn attempt(recorded: &Recorded, email: &str) {
    let Recorded { db, auth, client } = recorded;
    let credentials = Credentials { email, password: "wrong wrong wrong" };
    assert!(Model::sign_in(db, auth, credentials, &request_context(client)).await.is_err());
}

async fn register(recorded: &Recorded, email: &str) {
    let Recorded { db, auth, client } = recorded;
    let new = NewUser { name: "Eve", email, password: PASSWORD };
    let _ = Model::register(db, auth, new, &request_context(client)).await.unwrap();
}

async fn forgot(recorded: &Recorded, email: &str) {
    let Recorded { db, auth, client } = recorded;
    let _ = Model::request_password_reset(db, auth, email, &request_context(client)).await.unwrap();
}

/// Returns the statements for a known e-mail address and for an unknown e-mail address.
async fn compare<'a, F: Future<Output = ()>>(
    app: &TestApp,
    send: impl Fn(&'a Recorded, &'static str) -> F,
    recorded: &'a Recorded,
    statements: &Mutex<Vec<String>>,
) -> (Vec<String>, Vec<String>) {
    app.sign_in("ada").await;
    statements.lock().unwrap().clear();
    send(recorded, "ada@example.org").await;
    let known = std::mem::take(&mut *statements.lock().unwrap());
    send(recorded, "unknown@example.org").await;
    (known, std::mem::take(&mut *statements.lock().unwrap()))
}

#[tokio::test]
async fn rejected_login_runs_equal_statements_for_known_and_unknown_addresses() {
    let app = TestApp::start().await;
    let (recorded, statements) = recording(&app).await;
    let (known, unknown) = compare(&app, attempt, &recorded, &statements).await;
    assert_eq!(known, unknown);
    assert_eq!(known.len(), 4, "find network, find account, insert event, count failure: {known:?}");
}

#[tokio::test]
async fn rate_limited_login_runs_equal_statements_for_known_and_unknown_addresses() {
    let app = TestApp::start_with(|config| {
        limit(config, "login_pair", 1, 60);
        limit(config, "login_account", 1, 60);
    })
    .await;
    let (recorded, statements) = recording(&app).await;
    let thrice = async |recorded, email| {
        for _ in 0..3 {
            attempt(recorded, email).await;
        }
    };
    let (known, unknown) = compare(&app, thrice, &recorded, &statements).await;
    assert_eq!(known, unknown);
    assert_eq!(known.len(), 4 + 2, "the second attempt inserts an event, the third does not: {known:?}");
}

#[tokio::test]
async fn registration_runs_equal_statements_for_known_and_unknown_addresses() {
    let app = TestApp::start().await;
    let (recorded, statements) = recording(&app).await;
    let (known, unknown) = compare(&app, register, &recorded, &statements).await;
    assert_eq!(known, unknown);
    assert!(known.len() > 3, "{known:?}");
}

#[tokio::test]
async fn forgot_runs_equal_statements_for_known_and_unknown_addresses() {
    let app = TestApp::start().await;
    let (recorded, statements) = recording(&app).await;
    let (known, unknown) = compare(&app, forgot, &recorded, &statements).await;
    assert_eq!(known, unknown);
    assert!(known.len() > 2, "{known:?}");
}
