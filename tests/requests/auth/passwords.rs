//! What passwords may be chosen, and what becomes of stored ones.

use std::sync::{Arc, Mutex, mpsc};

use ballast::{
    models::users::{Column, Entity, lockout::MAX_CONSECUTIVE_FAILURES},
    password::{BeforeJob, Hasher},
    settings::Settings,
};
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{faults, login, register};
use crate::support::{PASSWORD, TestApp};

fn somebody(number: usize, password: &str) -> Value {
    json!({ "name": "Ada Lovelace", "email": format!("ada.lovelace-{number}@example.org"), "password": password })
}

async fn stored(app: &TestApp) -> String {
    Entity::find().one(&app.db).await.unwrap().unwrap().password_hash
}

async fn plant(app: &TestApp, hash: &str) {
    let all = Entity::update_many().col_expr(Column::PasswordHash, Expr::value(hash));
    all.exec(&app.ctx.db).await.unwrap();
}

/// Somebody whose hash has two passes, where today's has three.
async fn with_an_outdated_hash() -> TestApp {
    let app = TestApp::start_with(|config| {
        config.settings.as_mut().unwrap()["passwords"]["hashing_passes"] = json!(3);
    })
    .await;
    app.sign_in("ada").await;
    let mut settings = Settings::clone(&app.ctx.shared_store.get::<Arc<Settings>>().unwrap());
    settings.passwords.hashing_passes = 2;
    plant(&app, &Hasher::start(&settings.passwords).hash(PASSWORD).await.unwrap()).await;
    app
}

#[tokio::test]
async fn a_stored_password_is_argon2id_of_at_least_19_mib_and_two_passes() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    assert!(stored(&app).await.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

#[tokio::test]
async fn a_planted_hash_that_asks_for_the_machine_is_a_wrong_password() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    for cost in ["m=8388608,t=2,p=1", "m=19456,t=1000,p=1", "m=19456,t=2,p=255", "m=0,t=0,p=0", "m=x"] {
        plant(&app, &format!("$argon2id$v=19${cost}$c2FsdHNhbHRzYWx0$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))
            .await;
        assert_eq!(login(&app, "ada@example.org", PASSWORD).await.error_code(), "unauthorized", "{cost}");
    }
}

#[tokio::test]
async fn signing_in_brings_a_hash_to_today_s_cost() {
    let app = with_an_outdated_hash().await;
    let old = stored(&app).await;
    assert_eq!(login(&app, "ada@example.org", "wrong wrong wrong").await.status, 401);
    assert_eq!(stored(&app).await, old, "a wrong password brings nothing");
    app.log_in("ada@example.org", PASSWORD).await;
    let new = stored(&app).await;
    assert!(old.contains("t=2") && new.contains("t=3"), "{old} {new}");
    app.log_in("ada@example.org", PASSWORD).await;
    assert_eq!(stored(&app).await, new, "once is enough");
}

#[tokio::test]
async fn a_barred_password_is_not_hashed_anew_which_would_tell_by_its_time_that_it_is_right() {
    let app = with_an_outdated_hash().await;
    let barred = Entity::update_many().col_expr(Column::FailedSignIns, Expr::value(MAX_CONSECUTIVE_FAILURES));
    barred.exec(&app.ctx.db).await.unwrap();
    let old = stored(&app).await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    assert_eq!(app.post("/api/v1/auth/login").json(&body).from("203.0.113.9").send().await.status, 401);
    assert_eq!(stored(&app).await, old);
    app.log_in("ada@example.org", PASSWORD).await;
    app.log_in("ada@example.org", PASSWORD).await;
    assert!(stored(&app).await.contains("t=3"), "where the account is known, the second sign-in brings it");
}

#[tokio::test]
async fn what_many_people_use_is_refused_and_said() {
    let app = TestApp::start().await;
    for (number, password) in
        ["PasswordPassword", "password1234", "qwertyuiop12", "1q2w3e4r5t6y", "123456789012", "iloveyou1234"]
            .into_iter()
            .enumerate()
    {
        let answer = register(&app, &somebody(number, password)).await;
        assert_eq!(faults(&answer), ["password:common"], "{password}");
        assert!(!answer.text().contains(password));
    }
}

#[tokio::test]
async fn what_is_made_of_names_is_refused_and_said() {
    let app = TestApp::start().await;
    for password in ["Ada.Lovelace-1815", "ada.lovelace-0", "ballast-ballast-ballast", "lovelace lovelace"] {
        assert_eq!(faults(&register(&app, &somebody(0, password)).await), ["password:personal"], "{password}");
    }
    assert_eq!(Entity::find().all(&app.db).await.unwrap(), []);
}

#[tokio::test]
async fn fifty_passwords_that_nobody_else_uses_are_taken() {
    let app = TestApp::start().await;
    for number in 0..50 {
        let password = format!("gq{number} kx2 mw9 {}", number * 7919);
        assert_eq!(register(&app, &somebody(number, &password)).await.status, 201, "{password}");
    }
}

#[tokio::test]
async fn the_least_length_is_a_setting() {
    let app = TestApp::start_with(|config| {
        config.settings.as_mut().unwrap()["passwords"]["min_length"] = json!(15);
    })
    .await;
    let answer = register(&app, &somebody(0, "gq7 kx2 mw9 zv")).await;
    insta::assert_json_snapshot!(answer.json()["error"]["details"], @r#"
    [
      {
        "code": "min_length",
        "field": "password",
        "message": "must be at least 15 bytes"
      }
    ]
    "#);
    assert_eq!(register(&app, &somebody(0, "gq7 kx2 mw9 zv1")).await.status, 201);
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once_the_password_s_choice_too() {
    let app = TestApp::start().await;
    let new = json!({ "name": "", "email": "nowhere", "password": "passwordpassword" });
    assert_eq!(faults(&register(&app, &new).await), ["email:email", "name:length", "password:common"]);
}

/// Replaces the pool by one of a thread that waits until the sender has gone, with a queue of one.
/// What is received says that the thread has begun with a job.
fn hold_the_pool(app: &TestApp) -> (Hasher, mpsc::Sender<()>, UnboundedReceiver<()>) {
    let (hold, gate) = mpsc::channel::<()>();
    let (tell, begun) = unbounded_channel();
    let gate = Mutex::new(gate);
    let gate: BeforeJob = Arc::new(move || {
        let _ = tell.send(());
        let _ = gate.lock().unwrap().recv();
    });
    let mut settings = Settings::clone(&app.ctx.shared_store.get::<Arc<Settings>>().unwrap());
    settings.passwords.hashing_threads = 1;
    settings.passwords.hashing_queue = 1;
    let hasher = Hasher::start_with(&settings.passwords, Some(gate));
    app.ctx.shared_store.insert(hasher.clone());
    (hasher, hold, begun)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_that_fills_the_queue_is_told_to_come_again_and_a_correct_login_gets_in_after_it() {
    let app = Arc::new(TestApp::start().await);
    app.sign_in("ada").await;
    let (hasher, hold, mut begun) = hold_the_pool(&app);
    let mut storm = tokio::task::JoinSet::new();
    let mut guess = || {
        let app = Arc::clone(&app);
        storm.spawn(async move { login(&app, "ada@example.org", "wrong wrong wrong").await });
    };
    guess();
    begun.recv().await;
    guess();
    while hasher.waiting() == 0 {
        tokio::task::yield_now().await;
    }
    (0..6).for_each(|_| guess());
    // One is held, one waits: the others are answered although nothing is hashed.
    for _ in 0..6 {
        let refused = storm.join_next().await.unwrap().unwrap();
        assert_eq!(refused.error_code(), "service_unavailable");
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=5).contains(&wait), "{wait}");
    }
    drop(hold);
    while let Some(answer) = storm.join_next().await {
        assert_eq!(answer.unwrap().status, 401);
    }
    app.log_in("ada@example.org", PASSWORD).await;
}
