//! Tests of limits on login attempts per network, per account and network, and per account.
//!
//! Trusted networks and devices have separate limits, so an attacker cannot lock out the owner of an account.

use std::time::Instant;

use ballast::models::{
    security_events::{Column, Entity, EventKind},
    users::{self, lockout::MAX_CONSECUTIVE_FAILURES},
};
use loco_rs::config::Config;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::json;

use super::SPELLINGS;
use crate::support::{PASSWORD, TestApp, TestResponse, app::limit, redis};

pub(super) const WRONG: &str = "wrong wrong wrong";
pub(super) const ADA: &str = "ada@example.org";

pub(super) struct Attempt<'a> {
    pub(super) from: &'a str,
    pub(super) email: &'a str,
    pub(super) password: &'a str,
    pub(super) cookie: Option<&'a str>,
}

pub(super) async fn attempt(app: &TestApp, attempt: Attempt<'_>) -> TestResponse {
    let body = json!({ "email": attempt.email, "password": attempt.password });
    let request = app.post("/api/v1/auth/login").json(&body).from(attempt.from);
    let request = match attempt.cookie {
        Some(cookie) => request.header("cookie", &format!("theme=dark; device={cookie}; other=1")),
        None => request,
    };
    request.send().await
}

pub(super) async fn status(app: &TestApp, from: &str, password: &str) -> u16 {
    attempt(app, Attempt { from, email: ADA, password, cookie: None }).await.status.as_u16()
}

pub(super) async fn status_with_cookie(app: &TestApp, from: &str, password: &str, cookie: &str) -> u16 {
    attempt(app, Attempt { from, email: ADA, password, cookie: Some(cookie) }).await.status.as_u16()
}

/// Starts an application with a limit of `pair` failed logins per account and network, and `account` per account.
///
/// Ada has signed in from 127.0.0.1, so this network is trusted.
pub(super) async fn start(pair: u32, account: u32) -> TestApp {
    let app = TestApp::start_with(|config: &mut Config| {
        limit(config, "login_pair", pair, 900);
        limit(config, "login_account", account, 3600);
    })
    .await;
    app.sign_in("ada").await;
    app
}

/// Exhausts the limit of an account with one failed login from each of `account` networks.
pub(super) async fn exhaust(app: &TestApp, email: &str, account: u32) {
    for number in 0..account {
        let from = format!("198.51.100.{number}");
        let response = attempt(app, Attempt { from: &from, email, password: WRONG, cookie: None }).await;
        assert_eq!(response.status, 401, "{number}");
    }
}

/// Signs in from a trusted network. Returns the device token that Ada receives.
pub(super) async fn device_token(app: &TestApp) -> String {
    let response = attempt(app, Attempt { from: "127.0.0.1", email: ADA, password: PASSWORD, cookie: None }).await;
    let cookie = response.header("set-cookie").unwrap();
    cookie.split(['=', ';']).nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn login_rejects_attempts_over_the_limit_even_with_the_right_password() {
    let app = start(5, 100).await;
    for spelling in SPELLINGS {
        let response =
            attempt(&app, Attempt { from: "203.0.113.7", email: spelling, password: WRONG, cookie: None }).await;
        assert_eq!(response.status, 401, "{spelling:?}");
    }
    assert_eq!(status(&app, "203.0.113.7", WRONG).await, 429);
    assert_eq!(status(&app, "203.0.113.7", PASSWORD).await, 429);
    assert_eq!(status(&app, "203.0.113.8", PASSWORD).await, 200, "another network has its own quota");
}

#[tokio::test]
async fn login_checks_five_of_fifty_concurrent_attempts_from_one_network() {
    let app = start(5, 100).await;
    let all = (0..50).map(|_| status(&app, "203.0.113.7", WRONG));
    let responses = futures_util::future::join_all(all).await;
    assert_eq!(responses.iter().filter(|status| **status == 401).count(), 5);
    assert_eq!(responses.iter().filter(|status| **status == 429).count(), 45);
}

#[tokio::test]
async fn login_resets_failures_of_its_own_network_only() {
    let app = start(3, 6).await;
    for _ in 0..3 {
        assert_eq!([status(&app, "127.0.0.1", WRONG).await, status(&app, "127.0.0.1", WRONG).await], [401, 401]);
        assert_eq!(status(&app, "127.0.0.1", PASSWORD).await, 200);
    }
    // The six failures from the trusted network did not charge the account limit, but the next five failures do.
    exhaust(&app, ADA, 5).await;
    assert_eq!(status(&app, "203.0.113.1", PASSWORD).await, 200, "a login from another network refunds its own charge");
    assert_eq!([status(&app, "203.0.113.2", WRONG).await, status(&app, "203.0.113.3", WRONG).await], [401, 429]);
}

#[tokio::test]
async fn login_succeeds_from_a_trusted_network_during_an_attack() {
    let app = start(3, 4).await;
    exhaust(&app, ADA, 4).await;
    assert_eq!(status(&app, "203.0.113.9", PASSWORD).await, 429, "an untrusted network is limited");
    assert_eq!([status(&app, "127.0.0.1", WRONG).await, status(&app, "127.0.0.1", PASSWORD).await], [401, 200]);
    for expected in [401, 401, 401, 429] {
        assert_eq!(status(&app, "127.0.0.1", WRONG).await, expected, "attempts from a trusted network are limited too");
    }
}

#[tokio::test]
async fn trusted_network_is_the_64_bit_prefix_of_an_ipv6_address() {
    let app = start(5, 2).await;
    assert_eq!(status(&app, "2001:db8:1:2::1", PASSWORD).await, 200);
    exhaust(&app, ADA, 2).await;
    assert_eq!(status(&app, "2001:db8:1:2:ffff::9", PASSWORD).await, 200);
    assert_eq!(status(&app, "2001:db8:1:3::1", PASSWORD).await, 429);
}

/// Sets the number of consecutive failed logins from untrusted clients.
async fn set_failures(app: &TestApp, times: i32) {
    let failed = users::Entity::update_many().col_expr(users::Column::FailedSignIns, Expr::value(times));
    failed.exec(&app.ctx.db).await.unwrap();
}

async fn failures(app: &TestApp) -> i32 {
    users::Entity::find().one(&app.db).await.unwrap().unwrap().failed_sign_ins
}

#[tokio::test]
async fn login_rejects_the_right_password_from_untrusted_clients_after_100_failures() {
    let app = start(1000, 1000).await;
    let token = device_token(&app).await;
    set_failures(&app, MAX_CONSECUTIVE_FAILURES - 1).await;
    assert_eq!(status(&app, "203.0.113.9", WRONG).await, 401);
    assert_eq!(failures(&app).await, MAX_CONSECUTIVE_FAILURES);
    let (right, wrong) = (
        attempt(&app, Attempt { from: "203.0.113.9", email: ADA, password: PASSWORD, cookie: None }).await,
        attempt(&app, Attempt { from: "203.0.113.9", email: ADA, password: WRONG, cookie: None }).await,
    );
    assert_eq!(comparable(&right), comparable(&wrong), "the response must not reveal that the password is right");
    // A client with a device token is trusted in every network. Its login resets the number of failures.
    assert_eq!(status_with_cookie(&app, "203.0.113.9", PASSWORD, &token).await, 200);
    assert_eq!(failures(&app).await, 0);
    assert_eq!(status(&app, "198.51.100.1", PASSWORD).await, 200);
}

#[tokio::test]
async fn lockout_permits_login_from_a_trusted_network_and_a_password_reset() {
    let app = start(1000, 1000).await;
    set_failures(&app, MAX_CONSECUTIVE_FAILURES).await;
    assert_eq!(status(&app, "127.0.0.1", WRONG).await, 401);
    assert_eq!(failures(&app).await, MAX_CONSECUTIVE_FAILURES, "failures from a trusted network do not count");
    assert_eq!(status(&app, "127.0.0.1", PASSWORD).await, 200);
    set_failures(&app, MAX_CONSECUTIVE_FAILURES).await;
    app.post("/api/v1/auth/forgot").json(&json!({ "email": ADA })).from("203.0.113.9").send().await;
    let chosen = json!({ "token": app.last_mail().token(), "password": "another horse battery" });
    assert_eq!(app.post("/api/v1/auth/reset").json(&chosen).from("203.0.113.9").send().await.status, 204);
    assert_eq!(status(&app, "198.51.100.2", "another horse battery").await, 200);
}

#[tokio::test]
async fn login_resets_consecutive_failures() {
    let app = start(1000, 1000).await;
    for _ in 0..3 {
        assert_eq!(status(&app, "203.0.113.9", WRONG).await, 401);
    }
    assert_eq!(failures(&app).await, 3);
    assert_eq!(status(&app, "203.0.113.9", PASSWORD).await, 200);
    assert_eq!(failures(&app).await, 0);
}

/// Returns the parts of a response that must be equal: status, header names, and body without the request ID.
fn comparable(response: &TestResponse) -> (u16, Vec<String>, serde_json::Value) {
    let names = response.headers.keys().map(ToString::to_string).collect();
    (response.status.as_u16(), names, super::error_without_id(response))
}

#[tokio::test]
async fn limit_responses_are_equal_for_known_and_unknown_accounts() {
    let app = start(2, 4).await;
    let mut responses = Vec::new();
    for email in [ADA, "unknown@example.org"] {
        exhaust(&app, email, 4).await;
        let mut of_email = Vec::new();
        for from in ["203.0.113.1", "198.51.100.0", "198.51.100.0"] {
            let response = attempt(&app, Attempt { from, email, password: WRONG, cookie: None }).await;
            assert!(
                response.header("ratelimit-policy").unwrap().starts_with("\"login\""),
                "the quota of the account is not public"
            );
            of_email.push(comparable(&response));
        }
        responses.push(of_email);
    }
    assert_eq!(responses[0], responses[1]);
    assert_eq!(responses[0][0].0, 429);
}

#[tokio::test]
async fn limit_event_is_recorded_once_per_hour_and_account() {
    let app = start(1, 100).await;
    for email in [ADA, "unknown@example.org"] {
        for expected in [401, 429, 429, 429] {
            let response = attempt(&app, Attempt { from: "203.0.113.7", email, password: WRONG, cookie: None }).await;
            assert_eq!(response.status, expected);
        }
    }
    let hits = Entity::find().filter(Column::Kind.eq(EventKind::LimitHit.code())).all(&app.db).await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.user_id.is_some()).collect::<Vec<_>>(), [true, false]);
    // Skips this check with Redis, because the test cannot set the clock of Redis.
    if redis::url().is_none() {
        let limits = app.services().rate_limits.clone();
        let later = Instant::now() + std::time::Duration::from_secs(3601);
        assert!(limits.first_this_hour(ADA, later).await && !limits.first_this_hour(ADA, later).await);
    }
}

#[tokio::test]
async fn account_limit_can_be_cleared() {
    let app = start(5, 2).await;
    exhaust(&app, ADA, 2).await;
    assert_eq!(status(&app, "203.0.113.1", PASSWORD).await, 429);
    let limits = app.services().rate_limits.clone();
    limits.clear(ballast::models::users::account_limits::LOGIN_ACCOUNT_POLICY, ADA).await;
    assert_eq!(status(&app, "203.0.113.1", PASSWORD).await, 200);
}
