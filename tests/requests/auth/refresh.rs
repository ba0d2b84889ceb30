//! Tests of `POST /api/v1/auth/refresh`.

use ballast::models::{_entities::refresh_tokens, sessions};
use chrono::{DateTime, Utc};
use insta::assert_json_snapshot;
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::json;

use super::{end_grace_period, error_without_id, field_errors, me, refresh};
use crate::support::{PASSWORD, TestApp, TestResponse, redactions};

fn token(response: &TestResponse, field: &str) -> String {
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()[field].as_str().unwrap().to_owned()
}

fn long_ago() -> DateTime<Utc> {
    DateTime::from_timestamp(1_000_000_000, 0).unwrap()
}

#[tokio::test]
async fn refresh_returns_a_new_token_pair() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let response = refresh(&app, &user.refresh).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let hidden = (redactions::access_token(), redactions::refresh_token(), redactions::id());
    assert_json_snapshot!(response.json(), {
        ".access_token" => hidden.0, ".refresh_token" => hidden.1, ".user.id" => hidden.2,
    }, @r#"
    {
      "access_token": "[access token]",
      "expires_in": 900,
      "refresh_token": "[refresh token]",
      "token_type": "Bearer",
      "user": {
        "email": "ada@example.org",
        "id": "[id]",
        "name": "ada",
        "verified": false
      }
    }
    "#);
    let (access, next) = (token(&response, "access_token"), token(&response, "refresh_token"));
    assert!(access != user.access && next != user.refresh);
    assert_eq!(me(&app, &access).await.json(), user.user);
    assert_eq!(refresh(&app, &next).await.status, 200);
}

#[tokio::test]
async fn refresh_ends_the_session_if_a_used_token_is_reused_after_the_grace_period() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let elsewhere = app.log_in("ada@example.org", PASSWORD).await;
    let second = refresh(&app, &user.refresh).await;
    let third = refresh(&app, &token(&second, "refresh_token")).await;
    let (access, newest) = (token(&third, "access_token"), token(&third, "refresh_token"));
    assert_eq!(me(&app, &access).await.status, 200);

    end_grace_period(&app).await;
    let reused = refresh(&app, &user.refresh).await;
    assert_eq!(reused.status, 401);
    assert_json_snapshot!(error_without_id(&reused), @r#"
    {
      "error": {
        "code": "unauthorized",
        "message": "Authentication is required. Send a valid access token."
      }
    }
    "#);
    for access in [&user.access, &token(&second, "access_token"), &access] {
        assert_eq!(me(&app, access).await.status, 401, "an access token is still valid");
    }
    assert_eq!(refresh(&app, &newest).await.status, 401, "the newest refresh token is still valid");

    assert_eq!(me(&app, &elsewhere.access).await.status, 200, "another session continues");
    assert_eq!(refresh(&app, &elsewhere.refresh).await.status, 200);
}

#[tokio::test]
async fn access_and_refresh_tokens_are_not_interchangeable() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    assert_eq!(refresh(&app, &user.access).await.status, 401);
    assert_eq!(me(&app, &user.refresh).await.status, 401);
    assert_eq!(me(&app, &user.access).await.status, 200, "the token is still valid");
    assert_eq!(refresh(&app, &user.refresh).await.status, 200);
}

#[tokio::test]
async fn refresh_rejects_an_expired_token() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let past = Expr::value(long_ago());
    refresh_tokens::Entity::update_many()
        .col_expr(refresh_tokens::Column::ExpiresAt, past)
        .exec(&app.ctx.db)
        .await
        .unwrap();
    assert_eq!(refresh(&app, &user.refresh).await.error_code(), "unauthorized");
    assert_eq!(me(&app, &user.access).await.status, 200, "the session is not expired");
}

#[tokio::test]
async fn expired_session_invalidates_its_tokens() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let past = Expr::value(long_ago());
    sessions::Entity::update_many().col_expr(sessions::Column::ExpiresAt, past).exec(&app.ctx.db).await.unwrap();
    assert_eq!(refresh(&app, &user.refresh).await.error_code(), "unauthorized");
    assert_eq!(me(&app, &user.access).await.error_code(), "unauthorized");
}

#[tokio::test]
async fn refresh_rejects_malformed_and_missing_tokens() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let long = "x".repeat(10_000);
    let spaced = format!(" {}", user.refresh);
    for nonsense in ["nonsense", "\0", "' OR '1'='1", &long, &spaced, &user.refresh[1..]] {
        assert_eq!(refresh(&app, nonsense).await.error_code(), "unauthorized", "{nonsense:?}");
    }
    assert_eq!(field_errors(&refresh(&app, "").await), ["refresh_token:required"]);
    let response = app.post("/api/v1/auth/refresh").json(&json!({})).send().await;
    assert_eq!(field_errors(&response), ["refresh_token:required"]);
}

#[tokio::test]
async fn database_contains_no_plaintext_refresh_token() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let rows = refresh_tokens::Entity::find().all(&app.db).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(!format!("{rows:?}").contains(&user.refresh));
}
