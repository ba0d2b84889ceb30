//! `POST /api/v1/auth/register`.

use ballast::models::users::{Column, Entity};
use futures_util::future::join_all;
use insta::assert_json_snapshot;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::{SPELLINGS, everything, faults, login, me, register};
use crate::support::{PASSWORD, TestApp, redactions};

/// A request that is accepted, for spoiling one field of it.
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
async fn a_new_database_has_no_accounts() {
    assert_eq!(accounts(&TestApp::start().await).await, 0);
}

#[tokio::test]
async fn an_account_is_opened_and_can_be_signed_in_to() {
    let app = TestApp::start().await;
    let answer = register(&app, &ada_with("name", "  Ada Lovelace ")).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_json_snapshot!(answer.json(), @r#"
    {
      "message": "If this e-mail address had no account, an account was created. Check your inbox, then sign in."
    }
    "#);
    let who = app.log_in("ada@example.org", PASSWORD).await;
    assert_json_snapshot!(me(&app, &who.access).await.json(), { ".id" => redactions::id() }, @r#"
    {
      "email": "ada@example.org",
      "id": "[id]",
      "name": "Ada Lovelace",
      "verified": false
    }
    "#);
}

#[tokio::test]
async fn a_known_address_gets_the_same_answer_as_an_unknown_one() {
    let app = unlimited().await;
    let unknown = register(&app, &ada()).await;
    for spelling in SPELLINGS {
        let known = register(&app, &json!({ "name": "Eve", "email": spelling, "password": "another password" })).await;
        assert_eq!(everything(&known), everything(&unknown), "{spelling:?}");
    }
}

#[tokio::test]
async fn who_registers_a_known_address_changes_nothing_of_its_account() {
    let app = TestApp::start().await;
    register(&app, &ada()).await;
    register(&app, &json!({ "name": "Eve", "email": "ada@example.org", "password": "another password" })).await;
    let who = app.log_in("ada@example.org", PASSWORD).await;
    assert_eq!(who.user["name"], "Ada Lovelace");
    assert_eq!(login(&app, "ada@example.org", "another password").await.status, 401);
}

#[tokio::test]
async fn of_fifty_registrations_at_once_in_five_spellings_one_row_is_left() {
    let app =
        TestApp::start_with(|config| config.settings.as_mut().unwrap()["passwords"]["hashing_queue"] = json!(50)).await;
    let all =
        (0..50).map(|turn| app.post("/api/v1/auth/register").json(&ada_with("email", SPELLINGS[turn % 5])).send());
    let answers = join_all(all).await;
    // A machine that hashes too slowly says so; it never answers anything else.
    assert!(answers.iter().all(|answer| answer.status == 201 || answer.error_code() == "service_unavailable"));
    assert!(answers.iter().any(|answer| answer.status == 201));
    assert_eq!(accounts(&app).await, 1);
    let kept = Entity::find().filter(Column::Email.eq("ada@example.org")).count(&app.db).await.unwrap();
    assert_eq!(kept, 1, "the row is in the one spelling that is looked for");
}

#[tokio::test]
async fn a_password_has_from_12_to_1024_bytes() {
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
        let answer = register(&app, &json!({ "name": "Ada", "email": email, "password": password })).await;
        let found = if answer.status == 201 { vec![] } else { faults(&answer) };
        assert_eq!(found, expected, "{} bytes", password.len());
        if expected.is_empty() {
            app.log_in(&email, &password).await;
        }
    }
}

#[tokio::test]
async fn a_password_of_a_megabyte_is_too_large_to_be_looked_at() {
    let app = TestApp::start().await;
    let answer = register(&app, &ada_with("password", "p".repeat(1024 * 1024))).await;
    assert_eq!(answer.error_code(), "payload_too_large");
    assert_eq!(accounts(&app).await, 0);
}

#[tokio::test]
async fn names_and_addresses_are_held_to_their_rules() {
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
        (ada_with("email", long), vec!["email:email"]),
        (json!({ "name": "", "email": "", "password": PASSWORD }), vec!["email:email", "name:length"]),
    ];
    for (new, expected) in table {
        assert_eq!(faults(&register(&app, &new).await), expected, "{new}");
    }
    assert_eq!(accounts(&app).await, 0);
    assert_eq!(register(&app, &ada_with("name", "\u{1f600}".repeat(100))).await.status, 201);
}
