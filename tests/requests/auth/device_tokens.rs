//! Tests of device tokens, which make a client trusted in every network.

use ballast::{
    clock,
    models::{
        device_tokens::DeviceTokens,
        devices,
        security_events::{Column, Entity, EventKind},
    },
};
use chrono::Duration;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

use super::brute_force::{ADA, Attempt, WRONG, attempt, device_token, exhaust, start, status, status_with_cookie};
use crate::support::{PASSWORD, TestApp, TestResponse, app::limit};

const NEW: &str = "another horse battery";
/// Number of recent devices of a user. Each recent device has a separate limit.
const RECENT: usize = 3;

#[tokio::test]
async fn login_succeeds_from_any_network_with_a_device_token_during_an_attack() {
    let app = start(3, 4).await;
    let token = device_token(&app).await;
    exhaust(&app, ADA, 4).await;
    assert_eq!(status(&app, "203.0.113.9", PASSWORD).await, 429);
    assert_eq!(status_with_cookie(&app, "203.0.113.9", PASSWORD, &token).await, 200);
    for expected in [401, 401, 401, 429] {
        assert_eq!(status_with_cookie(&app, "203.0.113.9", WRONG, &token).await, expected);
    }
    assert_eq!(
        status_with_cookie(&app, "203.0.113.10", PASSWORD, &token).await,
        429,
        "a device has one quota in all networks"
    );
}

#[tokio::test]
async fn recovery_sends_mail_to_a_device_with_a_token_during_an_attack() {
    let app = TestApp::start_with(|config| limit(config, "recovery_account", 3, 3600)).await;
    app.sign_in("ada").await;
    let token = device_token(&app).await;
    let request_mail = async |endpoint: &str, from: &str, cookie: &str| {
        let request = app.post(&format!("/api/v1/auth/{endpoint}")).json(&json!({ "email": ADA })).from(from);
        request.header("cookie", &format!("device={cookie}")).send().await.status.as_u16()
    };
    for number in 0..3 {
        assert_eq!(request_mail("forgot", &format!("198.51.100.{number}"), "invalid").await, 204);
    }
    for endpoint in ["forgot", "resend"] {
        assert_eq!(request_mail(endpoint, "203.0.113.9", "invalid").await, 429);
    }
    for (endpoint, expected) in [("forgot", 204), ("resend", 204), ("forgot", 204), ("forgot", 429)] {
        assert_eq!(request_mail(endpoint, "203.0.113.9", &token).await, expected, "a trusted device is limited too");
    }
    let hits = Entity::find().filter(Column::Kind.eq(EventKind::LimitHit.code()));
    assert_eq!(hits.count(&app.db).await.unwrap(), 1, "the limit is logged once per hour");
}

#[tokio::test]
async fn login_succeeds_with_a_device_token_from_the_network_of_the_attacker() {
    let app = start(3, 100).await;
    let token = device_token(&app).await;
    for expected in [401, 401, 401, 429] {
        assert_eq!(status(&app, "127.0.0.1", WRONG).await, expected);
    }
    let duplicated = format!("{token}; device={token}");
    assert_eq!(status_with_cookie(&app, "127.0.0.1", PASSWORD, &duplicated).await, 429, "the cookie is duplicated");
    assert_eq!(status_with_cookie(&app, "127.0.0.1", PASSWORD, &token).await, 200);
}

#[tokio::test]
async fn device_token_is_ignored_if_it_belongs_to_another_account_or_key_or_is_expired() {
    let app = start(5, 2).await;
    let tokens_of_app = app.services().auth.device_tokens.clone();
    let now = clock::now();
    let device = devices::Entity::find().one(&app.db).await.unwrap().unwrap().pid;
    let tokens = [
        tokens_of_app.issue(device, "eve@example.org", now),
        tokens_of_app.issue(device, ADA, now - Duration::days(30)),
        tokens_of_app.issue(Uuid::now_v7(), ADA, now),
        DeviceTokens::new(b"another secret").unwrap().issue(device, ADA, now),
        "nonsense".to_owned(),
    ];
    exhaust(&app, ADA, 2).await;
    for (number, token) in tokens.iter().enumerate() {
        let from = format!("203.0.113.{number}");
        assert_eq!(status_with_cookie(&app, &from, PASSWORD, token).await, 429, "{number}");
    }
    let good = tokens_of_app.issue(device, ADA, now);
    assert_eq!(status_with_cookie(&app, "203.0.113.9", PASSWORD, &good).await, 200);
}

#[tokio::test]
async fn device_token_is_set_only_by_a_successful_login() {
    let app = start(5, 25).await;
    let good = attempt(&app, Attempt { from: "127.0.0.1", email: ADA, password: PASSWORD, cookie: None }).await;
    let cookie = good.header("set-cookie").unwrap();
    let (token, attributes) = cookie.split_once("; ").unwrap();
    assert!(token.starts_with("device=") && !token.contains("ada"), "{token}");
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000");
    let wrong = attempt(&app, Attempt { from: "127.0.0.1", email: ADA, password: WRONG, cookie: None }).await;
    assert_eq!((wrong.status.as_u16(), wrong.header("set-cookie")), (401, None));
}

#[tokio::test]
async fn device_cookie_has_the_host_prefix_over_https() {
    let app = TestApp::start_with(|config| config.server.host = "https://example.org".to_owned()).await;
    app.sign_in("ada").await;
    let good = attempt(&app, Attempt { from: "127.0.0.1", email: ADA, password: PASSWORD, cookie: None }).await;
    let cookie = good.header("set-cookie").unwrap();
    let attributes = "; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2592000";
    assert!(cookie.starts_with("__Host-device=") && cookie.ends_with(attributes), "{cookie}");
}

/// Returns the device token in the response.
fn token_of(response: &TestResponse) -> String {
    response.header("set-cookie").unwrap().split(['=', ';']).nth(1).unwrap().to_owned()
}

/// Signs in from `count` new devices. Returns the device tokens, oldest first.
async fn device_tokens(app: &TestApp, count: usize) -> Vec<String> {
    let mut tokens = Vec::new();
    for _ in 0..count {
        tokens.push(device_token(app).await);
    }
    tokens
}

/// Changes the password of Ada in her session, or resets the password from another network.
async fn set_password(app: &TestApp, by_reset: bool, old: &str) -> TestResponse {
    if by_reset {
        app.post("/api/v1/auth/forgot").json(&json!({ "email": ADA })).send().await;
        let reset = json!({ "token": app.last_mail().token(), "password": NEW });
        return app.post("/api/v1/auth/reset").json(&reset).from("192.0.2.1").send().await;
    }
    let ada = app.log_in(ADA, old).await;
    let change = json!({ "current_password": old, "password": NEW });
    app.put("/api/v1/auth/password").bearer(&ada).json(&change).send().await
}

#[tokio::test]
async fn new_password_invalidates_older_device_tokens_and_makes_its_client_trusted() {
    for by_reset in [false, true] {
        let app = start(100, 2).await;
        let older = device_tokens(&app, 2).await;
        let changed = set_password(&app, by_reset, PASSWORD).await;
        assert_eq!(changed.status, 204);
        exhaust(&app, ADA, 2).await;
        for token in &older {
            assert_eq!(status_with_cookie(&app, "203.0.113.9", NEW, token).await, 429, "reset: {by_reset}");
        }
        assert_eq!(status_with_cookie(&app, "203.0.113.9", NEW, &token_of(&changed)).await, 200, "reset: {by_reset}");
    }
}

#[tokio::test]
async fn new_password_withdraws_the_trust_in_networks_of_ended_sessions() {
    for by_reset in [false, true] {
        let app = start(100, 2).await;
        assert_eq!(status(&app, "203.0.113.9", PASSWORD).await, 200);
        assert_eq!(set_password(&app, by_reset, PASSWORD).await.status, 204);
        exhaust(&app, ADA, 2).await;
        assert_eq!(status(&app, "203.0.113.9", NEW).await, 429, "reset: {by_reset}");
        // A password change keeps the session that requested it, so the network of this session is still trusted. A
        // reset ends all sessions.
        let own = if by_reset { 429 } else { 200 };
        assert_eq!(status(&app, "127.0.0.1", NEW).await, own, "reset: {by_reset}");
    }
}

#[tokio::test]
async fn recent_devices_have_separate_limits_and_all_other_devices_share_one_limit() {
    let app = start(2, 100).await;
    let tokens = device_tokens(&app, RECENT + 3).await;
    let (others, recent) = tokens.split_at(3);
    for token in recent {
        for expected in [401, 401, 429] {
            assert_eq!(status_with_cookie(&app, "203.0.113.9", WRONG, token).await, expected);
        }
    }
    for (token, expected) in others.iter().zip([401, 401, 429]) {
        assert_eq!(status_with_cookie(&app, "203.0.113.9", WRONG, token).await, expected);
    }
    assert_eq!(status_with_cookie(&app, "203.0.113.9", PASSWORD, &others[0]).await, 429);
}

#[tokio::test]
async fn login_makes_a_device_recent_and_does_not_clear_the_shared_limit() {
    let app = start(2, 100).await;
    let tokens = device_tokens(&app, RECENT + 1).await;
    let with = async |token: &String, password| status_with_cookie(&app, "203.0.113.9", password, token).await;
    assert_eq!([with(&tokens[0], WRONG).await, with(&tokens[0], PASSWORD).await], [401, 200]);
    // The login made device 0 recent, so device 0 now has a separate limit. Device 1 is no longer recent, and uses the
    // shared limit. The failed login of device 0 before that login has charged the shared limit.
    assert_eq!([with(&tokens[0], WRONG).await, with(&tokens[0], WRONG).await], [401, 401]);
    assert_eq!([with(&tokens[1], WRONG).await, with(&tokens[1], WRONG).await], [401, 429]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn shared_limit_of_devices_admits_five_of_forty_concurrent_attempts() {
    let app = start(5, 100).await;
    let tokens = device_tokens(&app, RECENT + 8).await;
    let attempts = (0..40).map(|number| status_with_cookie(&app, "203.0.113.9", WRONG, &tokens[number % 8]));
    let responses = futures_util::future::join_all(attempts).await;
    assert_eq!(responses.iter().filter(|status| **status == 401).count(), 5);
    assert_eq!(responses.iter().filter(|status| **status == 429).count(), 35);
}

#[tokio::test]
async fn concurrent_logins_and_password_changes_leave_no_device_of_the_old_password() {
    let app = start(1000, 1000).await;
    let ada = app.log_in(ADA, PASSWORD).await;
    let change = json!({ "current_password": PASSWORD, "password": NEW });
    let change = app.put("/api/v1/auth/password").bearer(&ada).json(&change).send();
    let logins = (0..10).map(|number| {
        let from = format!("198.51.100.{number}");
        let credentials = json!({ "email": ADA, "password": PASSWORD });
        app.post("/api/v1/auth/login").json(&credentials).from(&from).send()
    });
    let (changed, _) = futures_util::future::join(change, futures_util::future::join_all(logins)).await;
    assert_eq!(changed.status, 204);
    assert_eq!(devices::Entity::find().count(&app.db).await.unwrap(), 1, "only the client of the change is trusted");
}
