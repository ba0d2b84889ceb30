//! `GET /api/v1/auth/events`.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::{login, logout, outlive_the_grace, refresh, register};
use crate::support::{PASSWORD, TestApp, app::SignedIn, redactions};

async fn events(app: &TestApp, who: &SignedIn, query: &str) -> Value {
    let answer = app.get(&format!("/api/v1/auth/events{query}")).bearer(who).send().await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

fn kinds(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_happened_to_an_account_is_shown_to_its_owner_newest_first() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    let guess = json!({ "email": "ada@example.org", "password": "wrong wrong wrong" });
    let request = app.post("/api/v1/auth/login").json(&guess).from("203.0.113.7").header("user-agent", "Curl/8");
    assert_eq!(request.send().await.status, 401);
    let who = app.log_in("ada@example.org", PASSWORD).await;
    let (id, request_id, time) = (redactions::id(), redactions::id(), redactions::time());
    assert_json_snapshot!(events(&app, &who, "?page_size=2").await, {
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
        kinds(&events(&app, &who, "").await),
        ["signed_in", "sign_in_refused", "signed_in", "registered"],
        "and nothing that is older or another's"
    );
}

#[tokio::test]
async fn another_account_s_events_are_its_owner_s_alone() {
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
async fn an_event_names_the_request_that_did_it() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let refused = login(&app, "ada@example.org", "wrong wrong wrong").await;
    let page = events(&app, &who, "?page_size=1").await;
    assert_eq!(page["items"][0]["request_id"].as_str(), refused.header("x-request-id"));
}

#[tokio::test]
async fn an_attempt_to_register_an_address_again_is_shown_to_its_owner() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    register(&app, &json!({ "name": "Eve", "email": "ADA@example.org", "password": "another password" })).await;
    assert_eq!(kinds(&events(&app, &who, "?page_size=1").await), ["registered_again"]);
}

#[tokio::test]
async fn signing_out_and_a_token_that_comes_back_are_shown() {
    let app = TestApp::start().await;
    let (who, gone) = (app.sign_in("ada").await, app.log_in("ada@example.org", PASSWORD).await);
    assert_eq!(logout(&app, &gone).await.status, 204);
    assert_eq!(kinds(&events(&app, &who, "?page_size=1").await), ["signed_out"]);
    let robbed = app.log_in("ada@example.org", PASSWORD).await;
    refresh(&app, &robbed.refresh).await;
    outlive_the_grace(&app).await;
    assert_eq!(refresh(&app, &robbed.refresh).await.status, 401);
    assert_eq!(kinds(&events(&app, &who, "?page_size=1").await), ["token_reused"]);
}

#[tokio::test]
async fn a_list_is_paged_like_every_list() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let page = events(&app, &who, "?page=2&page_size=1").await;
    assert_eq!((kinds(&page), &page["total_pages"]), (vec!["registered"], &json!(2)));
    for query in ["?page=0", "?page_size=101", "?page=x"] {
        let answer = app.get(&format!("/api/v1/auth/events{query}")).bearer(&who).send().await;
        assert_eq!(answer.error_code(), "bad_request", "{query}");
    }
}
