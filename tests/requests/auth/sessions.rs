//! `/api/v1/auth/sessions`.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::{login, me, refresh};
use crate::support::{Answer, PASSWORD, TestApp, app::SignedIn, redactions};

async fn list(app: &TestApp, who: &SignedIn) -> Value {
    let answer = app.get("/api/v1/auth/sessions").bearer(who).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, Some("no-store")));
    answer.json()
}

async fn end(app: &TestApp, who: &SignedIn, session: &Value) -> Answer {
    app.delete(&format!("/api/v1/auth/sessions/{}", session["id"].as_str().unwrap())).bearer(who).send().await
}

/// Signs in from another device.
async fn phone(app: &TestApp) -> SignedIn {
    let credentials = json!({ "email": "ada@example.org", "password": PASSWORD });
    let request = app.post("/api/v1/auth/login").header("user-agent", "a phone").from("203.0.113.7");
    let body = request.json(&credentials).send().await.json();
    let text = |field: &str| body[field].as_str().unwrap().to_owned();
    SignedIn { access: text("access_token"), refresh: text("refresh_token"), user: body["user"].clone() }
}

#[tokio::test]
async fn the_list_says_where_from_since_when_and_which_one_asks() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    phone(&app).await;
    app.sign_in("eve").await;
    let hidden = || (redactions::id(), redactions::time(), redactions::time());
    let (first, second) = (hidden(), hidden());
    assert_json_snapshot!(list(&app, &who).await, {
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
async fn the_session_used_last_comes_first_and_pages_hold_as_in_every_list() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    phone(&app).await;
    assert_eq!(refresh(&app, &who.refresh).await.status, 200);
    assert_eq!(list(&app, &who).await["items"][0]["current"], true);
    let page = app.get("/api/v1/auth/sessions?page=2&page_size=1").bearer(&who).send().await.json();
    assert_eq!((&page["items"][0]["user_agent"], &page["total_items"]), (&"a phone".into(), &2.into()));
    assert_eq!(app.get("/api/v1/auth/sessions?page=0").bearer(&who).send().await.error_code(), "bad_request");
}

#[tokio::test]
async fn ending_a_session_from_another_one_stops_both_its_tokens_at_once() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let phone = phone(&app).await;
    let listed = list(&app, &who).await;
    let other = listed["items"].as_array().unwrap().iter().find(|session| session["current"] == false).unwrap();
    let answer = end(&app, &who, other).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, String::new()));
    assert_eq!(me(&app, &phone.access).await.error_code(), "unauthorized");
    assert_eq!(refresh(&app, &phone.refresh).await.error_code(), "unauthorized");
    assert_eq!(list(&app, &who).await["total_items"], 1);
    assert_eq!(end(&app, &who, other).await.error_code(), "not_found", "it has ended already");
}

#[tokio::test]
async fn a_stranger_s_session_is_not_found_and_goes_on() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let session = list(&app, &who).await["items"][0].clone();
    assert_eq!(end(&app, &eve, &session).await.error_code(), "not_found");
    assert_eq!(me(&app, &who.access).await.status, 200);
}

#[tokio::test]
async fn signing_out_everywhere_ends_this_session_too_and_nobody_else_s() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let phone = phone(&app).await;
    let answer = app.delete("/api/v1/auth/sessions").bearer(&who).send().await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, String::new()));
    for ended in [&who, &phone] {
        assert_eq!(me(&app, &ended.access).await.error_code(), "unauthorized");
        assert_eq!(refresh(&app, &ended.refresh).await.error_code(), "unauthorized");
    }
    assert_eq!(me(&app, &eve.access).await.status, 200);
    assert_eq!(login(&app, "ada@example.org", PASSWORD).await.status, 200);
}
