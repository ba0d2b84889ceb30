//! Tests of password rules, and of the upgrade of stored password hashes.

use std::sync::{Arc, Mutex, mpsc};

use ballast::{
    models::users::{Column, Entity, lockout::MAX_CONSECUTIVE_FAILURES},
    password::{BeforeJob, Hasher},
    settings::Settings,
};
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{field_errors, login, register};
use crate::support::{PASSWORD, TestApp};

fn new_user(number: usize, password: &str) -> Value {
    json!({ "name": "Ada Lovelace", "email": format!("ada.lovelace-{number}@example.org"), "password": password })
}

async fn stored_hash(app: &TestApp) -> String {
    Entity::find().one(&app.db).await.unwrap().unwrap().password_hash
}

async fn replace_hash(app: &TestApp, hash: &str) {
    let all = Entity::update_many().col_expr(Column::PasswordHash, Expr::value(hash));
    all.exec(&app.ctx.db).await.unwrap();
}

/// Starts an application that hashes passwords with three passes. The stored hash of the user Ada has two passes.
async fn start_with_outdated_hash() -> TestApp {
    let app = TestApp::start_with(|config| {
        config.settings.as_mut().unwrap()["passwords"]["hashing_passes"] = json!(3);
    })
    .await;
    app.sign_in("ada").await;
    let mut settings = Settings::clone(&app.services().settings);
    settings.passwords.hashing_passes = 2;
    replace_hash(&app, &Hasher::start(&settings.passwords).hash(PASSWORD).await.unwrap()).await;
    app
}

#[tokio::test]
async fn password_hash_is_argon2id_with_19_mib_and_two_passes() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    assert!(stored_hash(&app).await.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

#[tokio::test]
async fn login_rejects_a_stored_hash_with_excessive_cost() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    for cost in ["m=8388608,t=2,p=1", "m=19456,t=1000,p=1", "m=19456,t=2,p=255", "m=0,t=0,p=0", "m=x"] {
        replace_hash(
            &app,
            &format!("$argon2id$v=19${cost}$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        )
        .await;
        assert_eq!(login(&app, "ada@example.org", PASSWORD).await.error_code(), "unauthorized", "{cost}");
    }
}

#[tokio::test]
async fn login_rehashes_with_the_configured_cost() {
    let app = start_with_outdated_hash().await;
    let old = stored_hash(&app).await;
    assert_eq!(login(&app, "ada@example.org", "wrong wrong wrong").await.status, 401);
    assert_eq!(stored_hash(&app).await, old, "a wrong password must not rehash");
    app.log_in("ada@example.org", PASSWORD).await;
    let new = stored_hash(&app).await;
    assert!(old.contains("t=2") && new.contains("t=3"), "{old} {new}");
    app.log_in("ada@example.org", PASSWORD).await;
    assert_eq!(stored_hash(&app).await, new, "a current hash must not be replaced");
}

#[tokio::test]
// A rehash takes measurable time. During a lockout, this time would reveal that the password is correct.
async fn login_does_not_rehash_while_locked_out() {
    let app = start_with_outdated_hash().await;
    let locked_out = Entity::update_many().col_expr(Column::FailedSignIns, Expr::value(MAX_CONSECUTIVE_FAILURES));
    locked_out.exec(&app.ctx.db).await.unwrap();
    let old = stored_hash(&app).await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    assert_eq!(app.post("/api/v1/auth/login").json(&body).from("203.0.113.9").send().await.status, 401);
    assert_eq!(stored_hash(&app).await, old);
    app.log_in("ada@example.org", PASSWORD).await;
    app.log_in("ada@example.org", PASSWORD).await;
    assert!(stored_hash(&app).await.contains("t=3"), "the second login from a trusted client rehashes");
}

#[tokio::test]
async fn registration_rejects_common_passwords() {
    let app = TestApp::start().await;
    for (number, password) in
        ["PasswordPassword", "password1234", "qwertyuiop12", "1q2w3e4r5t6y", "123456789012", "iloveyou1234"]
            .into_iter()
            .enumerate()
    {
        let response = register(&app, &new_user(number, password)).await;
        assert_eq!(field_errors(&response), ["password:common"], "{password}");
        assert!(!response.text().contains(password));
    }
}

#[tokio::test]
async fn registration_rejects_passwords_derived_from_names() {
    let app = TestApp::start().await;
    for password in ["Ada.Lovelace-1815", "ada.lovelace-0", "ballast-ballast-ballast", "lovelace lovelace"] {
        assert_eq!(field_errors(&register(&app, &new_user(0, password)).await), ["password:personal"], "{password}");
    }
    assert_eq!(Entity::find().all(&app.db).await.unwrap(), []);
}

#[tokio::test]
async fn registration_accepts_fifty_uncommon_passwords() {
    let app = TestApp::start().await;
    for number in 0..50 {
        let password = format!("gq{number} kx2 mw9 {}", number * 7919);
        assert_eq!(register(&app, &new_user(number, &password)).await.status, 201, "{password}");
    }
}

#[tokio::test]
async fn registration_enforces_the_configured_minimum_length() {
    let app = TestApp::start_with(|config| {
        config.settings.as_mut().unwrap()["passwords"]["min_length"] = json!(15);
    })
    .await;
    let response = register(&app, &new_user(0, "gq7 kx2 mw9 zv")).await;
    insta::assert_json_snapshot!(response.json()["error"]["details"], @r#"
    [
      {
        "code": "min_length",
        "field": "password",
        "message": "must be at least 15 bytes"
      }
    ]
    "#);
    assert_eq!(register(&app, &new_user(0, "gq7 kx2 mw9 zv1")).await.status, 201);
}

#[tokio::test]
async fn registration_reports_password_and_field_violations_at_once() {
    let app = TestApp::start().await;
    let new = json!({ "name": "", "email": "nowhere", "password": "passwordpassword" });
    assert_eq!(field_errors(&register(&app, &new).await), ["email:email", "name:length", "password:common"]);
}

/// Replaces the password pool by a pool with one thread and a queue of one job.
///
/// Returns the new pool. The thread waits until the returned sender is dropped. The returned receiver yields
/// a value when the thread starts a job.
async fn block_password_pool(app: &mut TestApp) -> (Hasher, mpsc::Sender<()>, UnboundedReceiver<()>) {
    let (hold, gate) = mpsc::channel::<()>();
    let (notify, started) = unbounded_channel();
    let gate = Mutex::new(gate);
    let gate: BeforeJob = Arc::new(move || {
        let _ = notify.send(());
        let _ = gate.lock().unwrap().recv();
    });
    let mut settings = Settings::clone(&app.services().settings);
    settings.passwords.hashing_threads = 1;
    settings.passwords.hashing_queue = 1;
    let hasher = Hasher::start_with(&settings.passwords, Some(gate));
    app.replace_services(|services| services.auth.hasher = hasher.clone()).await;
    (hasher, hold, started)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn login_returns_503_while_the_password_queue_is_full_and_succeeds_afterwards() {
    let mut app = TestApp::start().await;
    app.sign_in("ada").await;
    let (hasher, hold, mut started) = block_password_pool(&mut app).await;
    let app = Arc::new(app);
    let mut attempts = tokio::task::JoinSet::new();
    let mut attempt = || {
        let app = Arc::clone(&app);
        attempts.spawn(async move { login(&app, "ada@example.org", "wrong wrong wrong").await });
    };
    attempt();
    started.recv().await;
    attempt();
    while hasher.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    (0..6).for_each(|_| attempt());
    // One job is running and one job waits. The pool rejects all other jobs immediately.
    for _ in 0..6 {
        let rejected = attempts.join_next().await.unwrap().unwrap();
        assert_eq!(rejected.error_code(), "service_unavailable");
        let wait: u64 = rejected.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=5).contains(&wait), "{wait}");
    }
    drop(hold);
    while let Some(response) = attempts.join_next().await {
        assert_eq!(response.unwrap().status, 401);
    }
    app.log_in("ada@example.org", PASSWORD).await;
}
