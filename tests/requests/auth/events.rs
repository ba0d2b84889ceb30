//! Tests of `GET /api/v1/auth/events`.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::{end_grace_period, login, logout, refresh, register};
use crate::support::{PASSWORD, TestApp, app::SignedIn, log::Log, redactions};

async fn events(app: &TestApp, user: &SignedIn, query: &str) -> Value {
    let response = app.get(&format!("/api/v1/auth/events{query}")).bearer(user).send().await;
    assert_eq!(response.status, 200, "{query}: {}", response.text());
    assert_eq!(response.header("cache-control"), Some("no-store"));
    response.json()
}

fn kinds(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn security_events_are_listed_newest_first() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    let attempt = json!({ "email": "ada@example.org", "password": "wrong wrong wrong" });
    let request = app.post("/api/v1/auth/login").json(&attempt).from("203.0.113.7").header("user-agent", "Curl/8");
    assert_eq!(request.send().await.status, 401);
    let user = app.log_in("ada@example.org", PASSWORD).await;
    let (id, request_id, time) = (redactions::id(), redactions::id(), redactions::time());
    assert_json_snapshot!(events(&app, &user, "?page_size=2").await, {
        ".items[].id" => id, ".items[].request_id" => request_id, ".items[].created_at" => time,
    }, @r#"
    {
      "items": [
        {
          "address": "127.0.0.1",
          "created_at": "[time]",
          "id": "[id]",
          "kind": "signed_in",
          "request_id": "[id]",
          "user_agent": ""
        },
        {
          "address": "203.0.113.7",
          "created_at": "[time]",
          "id": "[id]",
          "kind": "sign_in_refused",
          "request_id": "[id]",
          "user_agent": "Curl/8"
        }
      ],
      "page": 1,
      "page_size": 2,
      "total_items": 4,
      "total_pages": 2
    }
    "#);
    assert_eq!(
        kinds(&events(&app, &user, "").await),
        ["signed_in", "sign_in_refused", "signed_in", "registered"],
        "the list has exactly these events"
    );
}

#[tokio::test]
async fn security_events_are_visible_to_the_owner_only() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    for _ in 0..2 {
        assert_eq!(login(&app, "ada@example.org", "wrong wrong wrong").await.status, 401);
    }
    assert_eq!(events(&app, &ada, "").await["total_items"], 4);
    assert_eq!(kinds(&events(&app, &eve, "").await), ["signed_in", "registered"]);
    assert_eq!(app.get("/api/v1/auth/events").send().await.error_code(), "unauthorized");
}

#[tokio::test]
async fn security_event_contains_the_id_of_its_request() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let rejected = login(&app, "ada@example.org", "wrong wrong wrong").await;
    let page = events(&app, &user, "?page_size=1").await;
    assert_eq!(page["items"][0]["request_id"].as_str(), rejected.header("x-request-id"));
}

#[tokio::test]
async fn security_events_contain_repeated_registrations() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    register(&app, &json!({ "name": "Eve", "email": "ADA@example.org", "password": "another password" })).await;
    assert_eq!(kinds(&events(&app, &user, "?page_size=1").await), ["registered_again"]);
}

#[tokio::test]
async fn security_events_contain_logout_and_token_reuse() {
    let app = TestApp::start().await;
    let (user, gone) = (app.sign_in("ada").await, app.log_in("ada@example.org", PASSWORD).await);
    assert_eq!(logout(&app, &gone).await.status, 204);
    assert_eq!(kinds(&events(&app, &user, "?page_size=1").await), ["signed_out"]);
    let stolen = app.log_in("ada@example.org", PASSWORD).await;
    refresh(&app, &stolen.refresh).await;
    end_grace_period(&app).await;
    let log = Log::capture();
    assert_eq!(refresh(&app, &stolen.refresh).await.status, 401);
    let lines = log.events("token_reused");
    assert_eq!((lines.len(), &lines[0]["level"], &lines[0]["user_id"]), (1, &json!("WARN"), &user.user["id"]));
    assert_eq!(kinds(&events(&app, &user, "?page_size=1").await), ["token_reused"]);
}

#[tokio::test]
async fn security_events_are_paginated() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let page = events(&app, &user, "?page=2&page_size=1").await;
    assert_eq!((kinds(&page), &page["total_pages"]), (vec!["registered"], &json!(2)));
    for query in ["?page=0", "?page_size=101", "?page=x"] {
        let response = app.get(&format!("/api/v1/auth/events{query}")).bearer(&user).send().await;
        assert_eq!(response.error_code(), "bad_request", "{query}");
    }
}
