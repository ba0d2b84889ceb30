//! Tests of `POST /api/v1/auth/register`.

use ballast::models::users::{Column, Entity};
use futures_util::future::join_all;
use insta::assert_json_snapshot;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{SPELLINGS, comparable, field_errors, login, me, register};
use crate::support::{PASSWORD, TestApp, redactions};

/// Returns a valid registration request.
fn ada() -> Value {
    json!({ "name": "Ada Lovelace", "email": "ada@example.org", "password": PASSWORD })
}

fn ada_with(field: &str, value: impl Into<Value>) -> Value {
    let mut new = ada();
    new[field] = value.into();
    new
}

async fn unlimited() -> TestApp {
    TestApp::start_with(|config| config.settings.as_mut().unwrap()["rate_limits"]["enabled"] = json!(false)).await
}

async fn accounts(app: &TestApp) -> u64 {
    Entity::find().count(&app.db).await.unwrap()
}

#[tokio::test]
async fn new_database_has_no_accounts() {
    assert_eq!(accounts(&TestApp::start().await).await, 0);
}

#[tokio::test]
async fn registration_creates_an_account() {
    let app = TestApp::start().await;
    let response = register(&app, &ada_with("name", "  Ada Lovelace ")).await;
    assert_eq!(response.status, 201);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_json_snapshot!(response.json(), @r#"
    {
      "message": "If this e-mail address had no account, an account was created. Check your inbox, then sign in."
    }
    "#);
    let user = app.log_in("ada@example.org", PASSWORD).await;
    assert_json_snapshot!(me(&app, &user.access).await.json(), { ".id" => redactions::id() }, @r#"
    {
      "email": "ada@example.org",
      "id": "[id]",
      "name": "Ada Lovelace",
      "verified": false
    }
    "#);
}

#[tokio::test]
async fn registration_returns_equal_responses_for_known_and_unknown_addresses() {
    let app = unlimited().await;
    let unknown = register(&app, &ada()).await;
    for spelling in SPELLINGS {
        let known = register(&app, &json!({ "name": "Eve", "email": spelling, "password": "another password" })).await;
        assert_eq!(comparable(&known), comparable(&unknown), "{spelling:?}");
    }
}

#[tokio::test]
async fn registration_does_not_change_an_existing_account() {
    let app = TestApp::start().await;
    register(&app, &ada()).await;
    register(&app, &json!({ "name": "Eve", "email": "ada@example.org", "password": "another password" })).await;
    let user = app.log_in("ada@example.org", PASSWORD).await;
    assert_eq!(user.user["name"], "Ada Lovelace");
    assert_eq!(login(&app, "ada@example.org", "another password").await.status, 401);
}

#[tokio::test]
async fn registration_creates_one_account_for_fifty_concurrent_requests_in_five_spellings() {
    let app =
        TestApp::start_with(|config| config.settings.as_mut().unwrap()["passwords"]["hashing_queue"] = json!(50)).await;
    let all =
        (0..50).map(|number| app.post("/api/v1/auth/register").json(&ada_with("email", SPELLINGS[number % 5])).send());
    let responses = join_all(all).await;
    // Permits 503, because a slow machine may reject requests. Permits no other error.
    assert!(responses.iter().all(|response| response.status == 201 || response.error_code() == "service_unavailable"));
    assert!(responses.iter().any(|response| response.status == 201));
    assert_eq!(accounts(&app).await, 1);
    let kept = Entity::find().filter(Column::Email.eq("ada@example.org")).count(&app.db).await.unwrap();
    assert_eq!(kept, 1, "the stored address is canonical");
}

#[tokio::test]
async fn password_length_is_limited_to_12_to_1024_bytes() {
    let app = TestApp::start().await;
    let table = [
        ("p".repeat(11), vec!["password:min_length"]),
        ("\u{e9}".repeat(5) + "p", vec!["password:min_length"]),
        (String::new(), vec!["password:min_length"]),
        ("p".repeat(12), vec!["password:common"]),
        ("gq7 kx2 mw9p".into(), vec![]),
        ("\u{1f511}".repeat(3), vec![]),
        ("p".repeat(1024), vec![]),
        ("p".repeat(1025), vec!["password:max_length"]),
        ("\u{1f511}".repeat(257), vec!["password:max_length"]),
    ];
    for (turn, (password, expected)) in table.into_iter().enumerate() {
        let email = format!("ada{turn}@example.org");
        let response = register(&app, &json!({ "name": "Ada", "email": email, "password": password })).await;
        let found = if response.status == 201 { vec![] } else { field_errors(&response) };
        assert_eq!(found, expected, "{} bytes", password.len());
        if expected.is_empty() {
            app.log_in(&email, &password).await;
        }
    }
}

#[tokio::test]
async fn registration_rejects_a_password_of_one_mebibyte_as_too_large() {
    let app = TestApp::start().await;
    let response = register(&app, &ada_with("password", "p".repeat(1024 * 1024))).await;
    assert_eq!(response.error_code(), "payload_too_large");
    assert_eq!(accounts(&app).await, 0);
}

#[tokio::test]
async fn registration_enforces_the_rules_for_names_and_addresses() {
    let app = TestApp::start().await;
    let long = format!("{}@{}.example.org", "a".repeat(60), "b.".repeat(100));
    let table = [
        (ada_with("name", ""), vec!["name:length"]),
        (ada_with("name", " \u{a0} "), vec!["name:length"]),
        (ada_with("name", "n".repeat(101)), vec!["name:length"]),
        (ada_with("name", "Ada\nLovelace"), vec!["name:characters"]),
        (ada_with("name", "Ada\0"), vec!["name:characters"]),
        (ada_with("email", ""), vec!["email:email"]),
        (ada_with("email", "ada"), vec!["email:email"]),
        (ada_with("email", "ada@"), vec!["email:email"]),
        (ada_with("email", "ada@example.org, eve@example.org"), vec!["email:email"]),
        (ada_with("email", "ada@example.org\r\nBcc: eve@example.org"), vec!["email:email"]),
        (ada_with("email", "ada\0@example.org"), vec!["email:email"]),
        (ada_with("email", "foo..bar@example.org"), vec!["email:email"]),
        (ada_with("email", "foo.@example.org"), vec!["email:email"]),
        (ada_with("email", ".foo@example.org"), vec!["email:email"]),
        (ada_with("email", long), vec!["email:email"]),
        (json!({ "name": "", "email": "", "password": PASSWORD }), vec!["email:email", "name:length"]),
    ];
    for (new, expected) in table {
        assert_eq!(field_errors(&register(&app, &new).await), expected, "{new}");
    }
    assert_eq!(accounts(&app).await, 0);
    assert_eq!(register(&app, &ada_with("name", "\u{1f600}".repeat(100))).await.status, 201);
}
