//! Equal database statements for known and unknown e-mail addresses.

use std::sync::{Arc, Mutex};

use ballast::{
    clock,
    controllers::state::AppState,
    models::{
        Database,
        request_context::{Client, RequestContext},
        sessions::Lifetimes,
        users::{Model, NewUser, authentication::Attempt},
    },
    password::Hasher,
};
use chrono::Duration;
use loco_rs::app::AppContext;

use crate::support::{PASSWORD, TestApp, app::limit};

/// Returns an application context that records its database statements, and the recorded statements.
fn recording(app: &TestApp) -> (AppContext, Arc<Mutex<Vec<String>>>) {
    let statements = Arc::new(Mutex::new(Vec::new()));
    let (mut ctx, recorder) = (app.ctx.clone(), Arc::clone(&statements));
    ctx.db.set_metric_callback(move |info| recorder.lock().unwrap().push(info.statement.sql.clone()));
    ctx.shared_store.insert(Database::new(ctx.db.clone()));
    (ctx, statements)
}

async fn attempt(ctx: &AppContext, email: &str) {
    let attempt = Attempt {
        email,
        password: "wrong wrong wrong",
        client: &client(),
        device: None,
        hasher: &ctx.shared_store.get::<Hasher>().unwrap(),
        lifetimes: Lifetimes { idle: Duration::days(14), absolute: Duration::days(30) },
        now: clock::now(),
    };
    assert!(attempt.make(&AppState::from(ctx)).await.is_err());
}

async fn register(ctx: &AppContext, email: &str) {
    let new = NewUser { name: "Eve", email, password: PASSWORD };
    let (hasher, client): (Hasher, _) = (ctx.shared_store.get().unwrap(), client());
    Model::register(&Database::of(ctx), &hasher, new, request_context(&client)).await.unwrap();
}

async fn forgot(ctx: &AppContext, email: &str) {
    Model::forgot_password(&Database::of(ctx), email, request_context(&client())).await.unwrap();
}

fn client() -> Client {
    Client::new("", "203.0.113.7".parse().unwrap())
}

fn request_context(client: &Client) -> RequestContext<'_> {
    RequestContext { client, request_id: uuid::Uuid::now_v7(), now: clock::now() }
}

/// Returns the statements for a known and for an unknown address.
async fn compare<'a, F: Future<Output = ()>>(
    app: &TestApp,
    send: impl Fn(&'a AppContext, &'static str) -> F,
    ctx: &'a AppContext,
    statements: &Mutex<Vec<String>>,
) -> (Vec<String>, Vec<String>) {
    app.sign_in("ada").await;
    statements.lock().unwrap().clear();
    send(ctx, "ada@example.org").await;
    let known = std::mem::take(&mut *statements.lock().unwrap());
    send(ctx, "unknown@example.org").await;
    (known, std::mem::take(&mut *statements.lock().unwrap()))
}

#[tokio::test]
async fn rejected_login_runs_equal_statements_for_known_and_unknown_addresses() {
    let app = TestApp::start().await;
    let (ctx, statements) = recording(&app);
    let (known, unknown) = compare(&app, attempt, &ctx, &statements).await;
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
    let (ctx, statements) = recording(&app);
    let thrice = async |ctx, email| {
        for _ in 0..3 {
            attempt(ctx, email).await;
        }
    };
    let (known, unknown) = compare(&app, thrice, &ctx, &statements).await;
    assert_eq!(known, unknown);
    assert_eq!(known.len(), 4 + 2, "the second attempt inserts an event, the third does not: {known:?}");
}

#[tokio::test]
async fn registration_runs_equal_statements_for_known_and_unknown_addresses() {
    let app = TestApp::start().await;
    let (ctx, statements) = recording(&app);
    let (known, unknown) = compare(&app, register, &ctx, &statements).await;
    assert_eq!(known, unknown);
    assert!(known.len() > 3, "{known:?}");
}

#[tokio::test]
async fn forgot_runs_equal_statements_for_known_and_unknown_addresses() {
    let app = TestApp::start().await;
    let (ctx, statements) = recording(&app);
    let (known, unknown) = compare(&app, forgot, &ctx, &statements).await;
    assert_eq!(known, unknown);
    assert!(known.len() > 2, "{known:?}");
}
