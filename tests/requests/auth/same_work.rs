//! Known and unknown addresses: the same statements in the same order, whatever is asked for.

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

/// The application's context with an ear on its database, and what it has heard so far.
fn listening(app: &TestApp) -> (AppContext, Arc<Mutex<Vec<String>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (mut ctx, ear) = (app.ctx.clone(), Arc::clone(&heard));
    ctx.db.set_metric_callback(move |info| ear.lock().unwrap().push(info.statement.sql.clone()));
    ctx.shared_store.insert(Database::new(ctx.db.clone()));
    (ctx, heard)
}

async fn attempt(ctx: &AppContext, email: &str) {
    let attempt = Attempt {
        email,
        password: "wrong wrong wrong",
        client: &somebody(),
        device: None,
        hasher: &ctx.shared_store.get::<Hasher>().unwrap(),
        lifetimes: Lifetimes { idle: Duration::days(14), absolute: Duration::days(30) },
        now: clock::now(),
    };
    assert!(attempt.make(&AppState::from(ctx)).await.is_err());
}

async fn register(ctx: &AppContext, email: &str) {
    let new = NewUser { name: "Eve", email, password: PASSWORD };
    let (hasher, client): (Hasher, _) = (ctx.shared_store.get().unwrap(), somebody());
    Model::register(&Database::of(ctx), &hasher, new, at(&client)).await.unwrap();
}

async fn forgot(ctx: &AppContext, email: &str) {
    Model::forgot_password(&Database::of(ctx), email, at(&somebody())).await.unwrap();
}

fn somebody() -> Client {
    Client::new("", "203.0.113.7".parse().unwrap())
}

fn at(client: &Client) -> RequestContext<'_> {
    RequestContext { client, request_id: uuid::Uuid::now_v7(), now: clock::now() }
}

/// What one address and then another one make the database do.
async fn compare<'a, F: Future<Output = ()>>(
    app: &TestApp,
    ask: impl Fn(&'a AppContext, &'static str) -> F,
    ctx: &'a AppContext,
    heard: &Mutex<Vec<String>>,
) -> (Vec<String>, Vec<String>) {
    app.sign_in("ada").await;
    heard.lock().unwrap().clear();
    ask(ctx, "ada@example.org").await;
    let known = std::mem::take(&mut *heard.lock().unwrap());
    ask(ctx, "nobody@example.org").await;
    (known, std::mem::take(&mut *heard.lock().unwrap()))
}

#[tokio::test]
async fn a_refused_sign_in_runs_the_same_statements_for_everybody() {
    let app = TestApp::start().await;
    let (ctx, heard) = listening(&app);
    let (known, unknown) = compare(&app, attempt, &ctx, &heard).await;
    assert_eq!(known, unknown);
    assert_eq!(known.len(), 4, "knows the network, finds the account, keeps the event, counts it: {known:?}");
}

#[tokio::test]
async fn a_sign_in_beyond_its_limit_runs_the_same_statements_for_everybody() {
    let app = TestApp::start_with(|config| {
        limit(config, "login_pair", 1, 60);
        limit(config, "login_account", 1, 60);
    })
    .await;
    let (ctx, heard) = listening(&app);
    let thrice = async |ctx, email| {
        for _ in 0..3 {
            attempt(ctx, email).await;
        }
    };
    let (known, unknown) = compare(&app, thrice, &ctx, &heard).await;
    assert_eq!(known, unknown);
    assert_eq!(known.len(), 4 + 2, "the second is kept, the third is not even that: {known:?}");
}

#[tokio::test]
async fn registering_runs_the_same_statements_for_everybody() {
    let app = TestApp::start().await;
    let (ctx, heard) = listening(&app);
    let (known, unknown) = compare(&app, register, &ctx, &heard).await;
    assert_eq!(known, unknown);
    assert!(known.len() > 3, "{known:?}");
}

#[tokio::test]
async fn asking_for_another_password_runs_the_same_statements_for_everybody() {
    let app = TestApp::start().await;
    let (ctx, heard) = listening(&app);
    let (known, unknown) = compare(&app, forgot, &ctx, &heard).await;
    assert_eq!(known, unknown);
    assert!(known.len() > 2, "{known:?}");
}
