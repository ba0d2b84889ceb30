//! Tests of device tokens, which make a client trusted in every network.

use ballast::{
    clock,
    models::{
        device_tokens::DeviceTokens,
        security_events::{Column, Entity, EventKind},
    },
};
use chrono::Duration;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

use super::brute_force::{ADA, Attempt, WRONG, attempt, device_token, exhaust, start, status, status_with_cookie};
use crate::support::{PASSWORD, TestApp, app::limit};

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
    assert_eq!(status_with_cookie(&app, "127.0.0.1", PASSWORD, &token).await, 200);
}

#[tokio::test]
async fn device_token_is_ignored_if_it_belongs_to_another_account_or_key_or_is_expired() {
    let app = start(5, 2).await;
    let tokens_of_app = app.services().auth.device_tokens.clone();
    let now = clock::now();
    let tokens = [
        tokens_of_app.issue(Uuid::now_v7(), "eve@example.org", now),
        tokens_of_app.issue(Uuid::now_v7(), ADA, now - Duration::days(30)),
        DeviceTokens::new(b"another secret").unwrap().issue(Uuid::now_v7(), ADA, now),
        "nonsense".to_owned(),
    ];
    exhaust(&app, ADA, 2).await;
    for (number, token) in tokens.iter().enumerate() {
        let from = format!("203.0.113.{number}");
        assert_eq!(status_with_cookie(&app, &from, PASSWORD, token).await, 429, "{number}");
    }
    let good = tokens_of_app.issue(Uuid::now_v7(), ADA, now);
    assert_eq!(status_with_cookie(&app, "203.0.113.9", PASSWORD, &good).await, 200);
}

#[tokio::test]
async fn device_token_is_set_only_by_a_successful_login() {
    let app = start(5, 25).await;
    let good = attempt(&app, Attempt { from: "127.0.0.1", email: ADA, password: PASSWORD, cookie: None }).await;
    let cookie = good.header("set-cookie").unwrap();
    let (token, attributes) = cookie.split_once("; ").unwrap();
    assert!(token.starts_with("device=") && !token.contains("ada"), "{token}");
    assert_eq!(attributes, "Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax");
    let wrong = attempt(&app, Attempt { from: "127.0.0.1", email: ADA, password: WRONG, cookie: None }).await;
    assert_eq!((wrong.status.as_u16(), wrong.header("set-cookie")), (401, None));
}

#[tokio::test]
async fn device_cookie_has_the_host_prefix_over_https() {
    let app = TestApp::start_with(|config| config.server.host = "https://example.org".to_owned()).await;
    app.sign_in("ada").await;
    let good = attempt(&app, Attempt { from: "127.0.0.1", email: ADA, password: PASSWORD, cookie: None }).await;
    let cookie = good.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-device=") && cookie.ends_with("; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
}
