//! `POST /api/v1/auth/refresh`.

use ballast::models::{_entities::refresh_tokens, sessions};
use chrono::{DateTime, Utc};
use insta::assert_json_snapshot;
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::json;

use super::{error_without_id, faults, me, outlive_the_grace, refresh};
use crate::support::{Answer, PASSWORD, TestApp, redactions};

fn token(answer: &Answer, field: &str) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()[field].as_str().unwrap().to_owned()
}

fn long_ago() -> DateTime<Utc> {
    DateTime::from_timestamp(1_000_000_000, 0).unwrap()
}

#[tokio::test]
async fn a_refresh_token_gives_a_new_pair() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let answer = refresh(&app, &who.refresh).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let hidden = (redactions::access_token(), redactions::refresh_token(), redactions::id());
    assert_json_snapshot!(answer.json(), { ".access_token" => hidden.0, ".refresh_token" => hidden.1, ".user.id" => hidden.2 }, @r#"
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
    let (access, next) = (token(&answer, "access_token"), token(&answer, "refresh_token"));
    assert!(access != who.access && next != who.refresh);
    assert_eq!(me(&app, &access).await.json(), who.user);
    assert_eq!(refresh(&app, &next).await.status, 200);
}

#[tokio::test]
async fn a_used_refresh_token_is_dead_and_takes_its_whole_session_along() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let elsewhere = app.log_in("ada@example.org", PASSWORD).await;
    let second = refresh(&app, &who.refresh).await;
    let third = refresh(&app, &token(&second, "refresh_token")).await;
    let (access, newest) = (token(&third, "access_token"), token(&third, "refresh_token"));
    assert_eq!(me(&app, &access).await.status, 200);

    outlive_the_grace(&app).await;
    let reused = refresh(&app, &who.refresh).await;
    assert_eq!(reused.status, 401);
    assert_json_snapshot!(error_without_id(&reused), @r#"
    {
      "error": {
        "code": "unauthorized",
        "message": "Authentication is required. Send a valid access token."
      }
    }
    "#);
    for access in [&who.access, &token(&second, "access_token"), &access] {
        assert_eq!(me(&app, access).await.status, 401, "an access token lives on");
    }
    assert_eq!(refresh(&app, &newest).await.status, 401, "the newest refresh token lives on");

    assert_eq!(me(&app, &elsewhere.access).await.status, 200, "another session is no part of it");
    assert_eq!(refresh(&app, &elsewhere.refresh).await.status, 200);
}

#[tokio::test]
async fn one_kind_of_token_does_not_pass_as_the_other() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    assert_eq!(refresh(&app, &who.access).await.status, 401);
    assert_eq!(me(&app, &who.refresh).await.status, 401);
    assert_eq!(me(&app, &who.access).await.status, 200, "the attempt costs nothing");
    assert_eq!(refresh(&app, &who.refresh).await.status, 200);
}

#[tokio::test]
async fn a_refresh_token_that_has_run_out_is_dead() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let past = Expr::value(long_ago());
    refresh_tokens::Entity::update_many()
        .col_expr(refresh_tokens::Column::ExpiresAt, past)
        .exec(&app.ctx.db)
        .await
        .unwrap();
    assert_eq!(refresh(&app, &who.refresh).await.error_code(), "unauthorized");
    assert_eq!(me(&app, &who.access).await.status, 200, "its session has time left");
}

#[tokio::test]
async fn a_session_that_has_run_out_takes_its_tokens_along() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let past = Expr::value(long_ago());
    sessions::Entity::update_many().col_expr(sessions::Column::ExpiresAt, past).exec(&app.ctx.db).await.unwrap();
    assert_eq!(refresh(&app, &who.refresh).await.error_code(), "unauthorized");
    assert_eq!(me(&app, &who.access).await.error_code(), "unauthorized");
}

#[tokio::test]
async fn a_token_that_never_was_one_is_dead_and_a_missing_one_is_named() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let long = "x".repeat(10_000);
    let spaced = format!(" {}", who.refresh);
    for nonsense in ["nonsense", "\0", "' OR '1'='1", &long, &spaced, &who.refresh[1..]] {
        assert_eq!(refresh(&app, nonsense).await.error_code(), "unauthorized", "{nonsense:?}");
    }
    assert_eq!(faults(&refresh(&app, "").await), ["refresh_token:required"]);
    let answer = app.post("/api/v1/auth/refresh").json(&json!({})).send().await;
    assert_eq!(faults(&answer), ["refresh_token:required"]);
}

#[tokio::test]
async fn the_database_holds_no_refresh_token_in_clear() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let rows = refresh_tokens::Entity::find().all(&app.db).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(!format!("{rows:?}").contains(&who.refresh));
}
