//! Tests of `/api/v1/auth/sessions`.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::{login, me, refresh};
use crate::support::{PASSWORD, TestApp, TestResponse, app::SignedIn, redactions};

async fn list(app: &TestApp, user: &SignedIn) -> Value {
    let response = app.get("/api/v1/auth/sessions").bearer(user).send().await;
    assert_eq!((response.status.as_u16(), response.header("cache-control")), (200, Some("no-store")));
    response.json()
}

async fn end(app: &TestApp, user: &SignedIn, session: &Value) -> TestResponse {
    app.delete(&format!("/api/v1/auth/sessions/{}", session["id"].as_str().unwrap())).bearer(user).send().await
}

/// Signs in Ada from a second device.
async fn phone(app: &TestApp) -> SignedIn {
    let credentials = json!({ "email": "ada@example.org", "password": PASSWORD });
    let request = app.post("/api/v1/auth/login").header("user-agent", "a phone").from("203.0.113.7");
    let body = request.json(&credentials).send().await.json();
    let text = |field: &str| body[field].as_str().unwrap().to_owned();
    SignedIn { access: text("access_token"), refresh: text("refresh_token"), user: body["user"].clone() }
}

#[tokio::test]
async fn session_list_contains_address_times_and_the_current_session() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    phone(&app).await;
    app.sign_in("eve").await;
    let hidden = || (redactions::id(), redactions::time(), redactions::time());
    let (first, second) = (hidden(), hidden());
    assert_json_snapshot!(list(&app, &user).await, {
        ".items[0].id" => first.0, ".items[0].created_at" => first.1, ".items[0].last_used_at" => first.2,
        ".items[1].id" => second.0, ".items[1].created_at" => second.1, ".items[1].last_used_at" => second.2,
    }, @r#"
    {
      "items": [
        {
          "address": "203.0.113.7",
          "created_at": "[time]",
          "current": false,
          "id": "[id]",
          "last_used_at": "[time]",
          "user_agent": "a phone"
        },
        {
          "address": "127.0.0.1",
          "created_at": "[time]",
          "current": true,
          "id": "[id]",
          "last_used_at": "[time]",
          "user_agent": ""
        }
      ],
      "page": 1,
      "page_size": 20,
      "total_items": 2,
      "total_pages": 1
    }
    "#);
}

#[tokio::test]
async fn session_list_is_paginated_and_sorted_by_last_use() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    phone(&app).await;
    assert_eq!(refresh(&app, &user.refresh).await.status, 200);
    assert_eq!(list(&app, &user).await["items"][0]["current"], true);
    let page = app.get("/api/v1/auth/sessions?page=2&page_size=1").bearer(&user).send().await.json();
    assert_eq!((&page["items"][0]["user_agent"], &page["total_items"]), (&"a phone".into(), &2.into()));
    assert_eq!(app.get("/api/v1/auth/sessions?page=0").bearer(&user).send().await.error_code(), "bad_request");
}

#[tokio::test]
async fn session_deletion_invalidates_both_tokens() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let phone = phone(&app).await;
    let listed = list(&app, &user).await;
    let other = listed["items"].as_array().unwrap().iter().find(|session| session["current"] == false).unwrap();
    let response = end(&app, &user, other).await;
    assert_eq!((response.status.as_u16(), response.text()), (204, String::new()));
    assert_eq!(me(&app, &phone.access).await.error_code(), "unauthorized");
    assert_eq!(refresh(&app, &phone.refresh).await.error_code(), "unauthorized");
    assert_eq!(list(&app, &user).await["total_items"], 1);
    assert_eq!(end(&app, &user, other).await.error_code(), "not_found", "the session has already ended");
}

#[tokio::test]
async fn session_deletion_returns_404_for_sessions_of_other_users() {
    let app = TestApp::start().await;
    let (user, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let session = list(&app, &user).await["items"][0].clone();
    assert_eq!(end(&app, &eve, &session).await.error_code(), "not_found");
    assert_eq!(me(&app, &user.access).await.status, 200);
}

#[tokio::test]
async fn logout_everywhere_ends_all_sessions_of_this_user_only() {
    let app = TestApp::start().await;
    let (user, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let phone = phone(&app).await;
    let response = app.delete("/api/v1/auth/sessions").bearer(&user).send().await;
    assert_eq!((response.status.as_u16(), response.text()), (204, String::new()));
    for ended in [&user, &phone] {
        assert_eq!(me(&app, &ended.access).await.error_code(), "unauthorized");
        assert_eq!(refresh(&app, &ended.refresh).await.error_code(), "unauthorized");
    }
    assert_eq!(me(&app, &eve.access).await.status, 200);
    assert_eq!(login(&app, "ada@example.org", PASSWORD).await.status, 200);
}
