//! RateLimits on guessing: by network, by account and network, by account; and that no owner is shut out.

use std::{sync::Arc, time::Instant};

use ballast::{
    clock,
    models::{
        device_tokens::DeviceTokens,
        security_events::{Column, Entity, Kind},
        users::{self, lockout::MAX_CONSECUTIVE_FAILURES},
    },
    rate_limits::RateLimits,
};
use chrono::Duration;
use loco_rs::config::Config;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};
use serde_json::json;
use uuid::Uuid;

use super::SPELLINGS;
use crate::support::{Answer, PASSWORD, TestApp, app::limit, redis};

const WRONG: &str = "wrong wrong wrong";
const ADA: &str = "ada@example.org";

struct Try<'a> {
    from: &'a str,
    email: &'a str,
    password: &'a str,
    cookie: Option<&'a str>,
}

async fn attempt(app: &TestApp, attempt: Try<'_>) -> Answer {
    let body = json!({ "email": attempt.email, "password": attempt.password });
    let request = app.post("/api/v1/auth/login").json(&body).from(attempt.from);
    let request = match attempt.cookie {
        Some(cookie) => request.header("cookie", &format!("theme=dark; device={cookie}; other=1")),
        None => request,
    };
    request.send().await
}

async fn status(app: &TestApp, from: &str, password: &str) -> u16 {
    attempt(app, Try { from, email: ADA, password, cookie: None }).await.status.as_u16()
}

async fn marked(app: &TestApp, from: &str, password: &str, cookie: &str) -> u16 {
    attempt(app, Try { from, email: ADA, password, cookie: Some(cookie) }).await.status.as_u16()
}

/// With these numbers for the pair and the account; Ada has signed in from 127.0.0.1.
async fn start(pair: u32, account: u32) -> TestApp {
    let app = TestApp::start_with(|config: &mut Config| {
        limit(config, "login_pair", pair, 900);
        limit(config, "login_account", account, 3600);
    })
    .await;
    app.sign_in("ada").await;
    app
}

/// Uses the account's number up, each guess from another network.
async fn use_up(app: &TestApp, email: &str, account: u32) {
    for number in 0..account {
        let from = format!("198.51.100.{number}");
        let answer = attempt(app, Try { from: &from, email, password: WRONG, cookie: None }).await;
        assert_eq!(answer.status, 401, "{number}");
    }
}

/// The mark that a device gets from where Ada is known.
async fn mark(app: &TestApp) -> String {
    let answer = attempt(app, Try { from: "127.0.0.1", email: ADA, password: PASSWORD, cookie: None }).await;
    let cookie = answer.header("set-cookie").unwrap();
    cookie.split(['=', ';']).nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn a_guess_beyond_the_limit_from_one_network_is_refused_whatever_it_is() {
    let app = start(5, 100).await;
    for spelling in SPELLINGS {
        let answer = attempt(&app, Try { from: "203.0.113.7", email: spelling, password: WRONG, cookie: None }).await;
        assert_eq!(answer.status, 401, "{spelling:?}");
    }
    assert_eq!(status(&app, "203.0.113.7", WRONG).await, 429);
    assert_eq!(status(&app, "203.0.113.7", PASSWORD).await, 429);
    assert_eq!(status(&app, "203.0.113.8", PASSWORD).await, 200, "another network has its own");
}

#[tokio::test]
async fn of_fifty_guesses_at_once_from_one_network_five_are_looked_at() {
    let app = start(5, 100).await;
    let all = (0..50).map(|_| status(&app, "203.0.113.7", WRONG));
    let answers = futures_util::future::join_all(all).await;
    assert_eq!(answers.iter().filter(|status| **status == 401).count(), 5);
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 45);
}

#[tokio::test]
async fn success_forgets_the_failures_of_its_own_network_and_no_others() {
    let app = start(3, 6).await;
    for _ in 0..3 {
        assert_eq!([status(&app, "127.0.0.1", WRONG).await, status(&app, "127.0.0.1", WRONG).await], [401, 401]);
        assert_eq!(status(&app, "127.0.0.1", PASSWORD).await, 200);
    }
    // Six failures from where Ada is known have cost the account nothing; these five do, and stay.
    use_up(&app, ADA, 5).await;
    assert_eq!(status(&app, "203.0.113.1", PASSWORD).await, 200, "success from elsewhere gives back its own charge");
    assert_eq!([status(&app, "203.0.113.2", WRONG).await, status(&app, "203.0.113.3", WRONG).await], [401, 429]);
}

#[tokio::test]
async fn an_owner_signs_in_from_a_known_network_while_others_guess() {
    let app = start(3, 4).await;
    use_up(&app, ADA, 4).await;
    assert_eq!(status(&app, "203.0.113.9", PASSWORD).await, 429, "from where nobody is known");
    assert_eq!([status(&app, "127.0.0.1", WRONG).await, status(&app, "127.0.0.1", PASSWORD).await], [401, 200]);
    for expected in [401, 401, 401, 429] {
        assert_eq!(status(&app, "127.0.0.1", WRONG).await, expected, "and even there nobody guesses without end");
    }
}

#[tokio::test]
async fn a_network_of_ipv6_is_known_by_its_first_half() {
    let app = start(5, 2).await;
    assert_eq!(status(&app, "2001:db8:1:2::1", PASSWORD).await, 200);
    use_up(&app, ADA, 2).await;
    assert_eq!(status(&app, "2001:db8:1:2:ffff::9", PASSWORD).await, 200);
    assert_eq!(status(&app, "2001:db8:1:3::1", PASSWORD).await, 429);
}

#[tokio::test]
async fn an_owner_signs_in_from_anywhere_on_a_known_device_while_others_guess() {
    let app = start(3, 4).await;
    let mark = mark(&app).await;
    use_up(&app, ADA, 4).await;
    assert_eq!(status(&app, "203.0.113.9", PASSWORD).await, 429);
    assert_eq!(marked(&app, "203.0.113.9", PASSWORD, &mark).await, 200);
    for expected in [401, 401, 401, 429] {
        assert_eq!(marked(&app, "203.0.113.9", WRONG, &mark).await, expected);
    }
    assert_eq!(marked(&app, "203.0.113.10", PASSWORD, &mark).await, 429, "a device is one wherever it goes");
}

/// As if so many guesses had failed in a row from where nobody is known.
async fn fail(app: &TestApp, times: i32) {
    let failed = users::Entity::update_many().col_expr(users::Column::FailedSignIns, Expr::value(times));
    failed.exec(&app.ctx.db).await.unwrap();
}

async fn failures(app: &TestApp) -> i32 {
    users::Entity::find().one(&app.db).await.unwrap().unwrap().failed_sign_ins
}

#[tokio::test]
async fn after_a_hundred_failures_in_a_row_the_password_is_not_enough_where_nobody_is_known() {
    let app = start(1000, 1000).await;
    let mark = mark(&app).await;
    fail(&app, MAX_CONSECUTIVE_FAILURES - 1).await;
    assert_eq!(status(&app, "203.0.113.9", WRONG).await, 401);
    assert_eq!(failures(&app).await, MAX_CONSECUTIVE_FAILURES);
    let (right, wrong) = (
        attempt(&app, Try { from: "203.0.113.9", email: ADA, password: PASSWORD, cookie: None }).await,
        attempt(&app, Try { from: "203.0.113.9", email: ADA, password: WRONG, cookie: None }).await,
    );
    assert_eq!(seen(&right), seen(&wrong), "whoever has guessed it learns nothing");
    // The device is known wherever it is, and forgives what others did.
    assert_eq!(marked(&app, "203.0.113.9", PASSWORD, &mark).await, 200);
    assert_eq!(failures(&app).await, 0);
    assert_eq!(status(&app, "198.51.100.1", PASSWORD).await, 200);
}

#[tokio::test]
async fn a_hundred_failures_shut_nobody_out_of_their_own_network_or_from_a_new_password() {
    let app = start(1000, 1000).await;
    fail(&app, MAX_CONSECUTIVE_FAILURES).await;
    assert_eq!(status(&app, "127.0.0.1", WRONG).await, 401);
    assert_eq!(
        failures(&app).await,
        MAX_CONSECUTIVE_FAILURES,
        "a failure where the account is known is none of a stranger's"
    );
    assert_eq!(status(&app, "127.0.0.1", PASSWORD).await, 200);
    fail(&app, MAX_CONSECUTIVE_FAILURES).await;
    app.post("/api/v1/auth/forgot").json(&json!({ "email": ADA })).from("203.0.113.9").send().await;
    let chosen = json!({ "token": app.last_mail().token(), "password": "another horse battery" });
    assert_eq!(app.post("/api/v1/auth/reset").json(&chosen).from("203.0.113.9").send().await.status, 204);
    assert_eq!(status(&app, "198.51.100.2", "another horse battery").await, 200);
}

#[tokio::test]
async fn success_ends_a_row_of_failures() {
    let app = start(1000, 1000).await;
    for _ in 0..3 {
        assert_eq!(status(&app, "203.0.113.9", WRONG).await, 401);
    }
    assert_eq!(failures(&app).await, 3);
    assert_eq!(status(&app, "203.0.113.9", PASSWORD).await, 200);
    assert_eq!(failures(&app).await, 0);
}

#[tokio::test]
async fn an_owner_asks_for_a_mail_from_anywhere_on_a_known_device_while_others_do() {
    let app = TestApp::start_with(|config| limit(config, "recovery_account", 3, 3600)).await;
    app.sign_in("ada").await;
    let mark = mark(&app).await;
    let ask = async |endpoint: &str, from: &str, cookie: &str| {
        let request = app.post(&format!("/api/v1/auth/{endpoint}")).json(&json!({ "email": ADA })).from(from);
        request.header("cookie", &format!("device={cookie}")).send().await.status.as_u16()
    };
    for number in 0..3 {
        assert_eq!(ask("forgot", &format!("198.51.100.{number}"), "nobodys").await, 204);
    }
    for endpoint in ["forgot", "resend"] {
        assert_eq!(ask(endpoint, "203.0.113.9", "nobodys").await, 429);
    }
    for (endpoint, expected) in [("forgot", 204), ("resend", 204), ("forgot", 204), ("forgot", 429)] {
        assert_eq!(ask(endpoint, "203.0.113.9", &mark).await, expected, "not without end");
    }
    let hits = Entity::find().filter(Column::Kind.eq(Kind::LimitHit.code()));
    assert_eq!(hits.count(&app.db).await.unwrap(), 1, "kept once an hour");
}

#[tokio::test]
async fn who_guesses_in_an_owner_s_own_network_does_not_shut_a_known_device_out() {
    let app = start(3, 100).await;
    let mark = mark(&app).await;
    for expected in [401, 401, 401, 429] {
        assert_eq!(status(&app, "127.0.0.1", WRONG).await, expected);
    }
    assert_eq!(marked(&app, "127.0.0.1", PASSWORD, &mark).await, 200);
}

#[tokio::test]
async fn a_mark_that_was_not_made_for_this_account_makes_no_device_known() {
    let app = start(5, 2).await;
    let devices: DeviceTokens = app.ctx.shared_store.get().unwrap();
    let now = clock::now();
    let marks = [
        devices.mark(Uuid::now_v7(), "eve@example.org", now),
        devices.mark(Uuid::now_v7(), ADA, now - Duration::days(30)),
        DeviceTokens::new(b"another secret").unwrap().mark(Uuid::now_v7(), ADA, now),
        "nonsense".to_owned(),
    ];
    use_up(&app, ADA, 2).await;
    for (number, mark) in marks.iter().enumerate() {
        let from = format!("203.0.113.{number}");
        assert_eq!(marked(&app, &from, PASSWORD, mark).await, 429, "{number}");
    }
    let good = devices.mark(Uuid::now_v7(), ADA, now);
    assert_eq!(marked(&app, "203.0.113.9", PASSWORD, &good).await, 200);
}

#[tokio::test]
async fn the_mark_is_for_the_server_alone_and_success_alone_gives_it() {
    let app = start(5, 25).await;
    let good = attempt(&app, Try { from: "127.0.0.1", email: ADA, password: PASSWORD, cookie: None }).await;
    let cookie = good.header("set-cookie").unwrap();
    let (mark, attributes) = cookie.split_once("; ").unwrap();
    assert!(mark.starts_with("device=") && !mark.contains("ada"), "{mark}");
    assert_eq!(attributes, "Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax");
    let wrong = attempt(&app, Try { from: "127.0.0.1", email: ADA, password: WRONG, cookie: None }).await;
    assert_eq!((wrong.status.as_u16(), wrong.header("set-cookie")), (401, None));
}

#[tokio::test]
async fn over_https_the_mark_belongs_to_this_host_alone() {
    let app = TestApp::start_with(|config| config.server.host = "https://example.org".to_owned()).await;
    app.sign_in("ada").await;
    let good = attempt(&app, Try { from: "127.0.0.1", email: ADA, password: PASSWORD, cookie: None }).await;
    let cookie = good.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-device=") && cookie.ends_with("; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
}

/// Everything that a client sees but ids and times.
fn seen(answer: &Answer) -> (u16, Vec<String>, serde_json::Value) {
    let names = answer.headers.keys().map(ToString::to_string).collect();
    (answer.status.as_u16(), names, super::error_without_id(answer))
}

#[tokio::test]
async fn limits_answer_alike_whether_or_not_somebody_has_the_account() {
    let app = start(2, 4).await;
    let mut answers = Vec::new();
    for email in [ADA, "nobody@example.org"] {
        use_up(&app, email, 4).await;
        let mut of_this = Vec::new();
        for from in ["203.0.113.1", "198.51.100.0", "198.51.100.0"] {
            let answer = attempt(&app, Try { from, email, password: WRONG, cookie: None }).await;
            assert!(answer.header("ratelimit-policy").unwrap().starts_with("\"login\""), "no account's numbers");
            of_this.push(seen(&answer));
        }
        answers.push(of_this);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0][0].0, 429);
}

#[tokio::test]
async fn a_limit_that_is_hit_is_kept_once_an_hour_for_each_account() {
    let app = start(1, 100).await;
    for email in [ADA, "nobody@example.org"] {
        for expected in [401, 429, 429, 429] {
            let answer = attempt(&app, Try { from: "203.0.113.7", email, password: WRONG, cookie: None }).await;
            assert_eq!(answer.status, expected);
        }
    }
    let hits = Entity::find().filter(Column::Kind.eq(Kind::LimitHit.code())).all(&app.db).await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.user_id.is_some()).collect::<Vec<_>>(), [true, false]);
    // Redis has a clock of its own.
    if redis::url().is_none() {
        let limits: Arc<RateLimits> = app.ctx.shared_store.get().unwrap();
        let later = Instant::now() + std::time::Duration::from_secs(3601);
        assert!(limits.first_this_hour(ADA, later).await && !limits.first_this_hour(ADA, later).await);
    }
}

#[tokio::test]
async fn what_was_counted_against_an_account_can_be_forgotten() {
    let app = start(5, 2).await;
    use_up(&app, ADA, 2).await;
    assert_eq!(status(&app, "203.0.113.1", PASSWORD).await, 429);
    let limits: Arc<RateLimits> = app.ctx.shared_store.get().unwrap();
    limits.clear(ballast::models::users::authentication::ACCOUNT, ADA).await;
    assert_eq!(status(&app, "203.0.113.1", PASSWORD).await, 200);
}
