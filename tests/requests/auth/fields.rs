//! Tests of field rules that apply to all account requests.

use ballast::models::users::Entity;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::{field_errors, register};
use crate::support::{PASSWORD, TestApp};

const CANARY: &str = "c4n4ry";

fn ada() -> Value {
    json!({ "name": "Ada", "email": "ada@example.org", "password": PASSWORD })
}

#[tokio::test]
async fn registration_rejects_unknown_fields() {
    let app = TestApp::start().await;
    let id = uuid::Uuid::now_v7().to_string();
    let table = [
        ("id", json!(1)),
        ("pid", json!(id)),
        ("email_verified_at", json!("2026-01-01T00:00:00Z")),
        ("verified", json!(true)),
        ("password_hash", json!("$argon2id$")),
        ("created_at", json!("2026-01-01T00:00:00Z")),
        ("is_admin", json!(true)),
        ("role", json!("admin")),
        ("user", json!({ "id": 1 })),
        ("Name", json!("Eve")),
        ("__proto__", json!({})),
    ];
    for (field, value) in table {
        let mut new = ada();
        new[field] = value;
        let response = register(&app, &new).await;
        assert_eq!((response.status.as_u16(), field_errors(&response)), (422, vec![format!("{field}:unknown_field")]));
    }
    assert!(Entity::find().one(&app.db).await.unwrap().is_none());
}

#[tokio::test]
async fn registration_rejects_missing_duplicate_and_mistyped_fields() {
    let app = TestApp::start().await;
    for field in ["name", "email", "password"] {
        let mut missing = ada();
        missing.as_object_mut().unwrap().remove(field);
        assert_eq!(field_errors(&register(&app, &missing).await), [format!("{field}:required")]);
        for value in [json!(null), json!(1), json!([PASSWORD]), json!({ "a": 1 }), json!(true)] {
            let mut wrong = ada();
            wrong[field] = value;
            assert_eq!(field_errors(&register(&app, &wrong).await), [format!("{field}:type")], "{wrong}");
        }
    }
    let double = r#"{"name":"Ada","name":"Eve","email":"ada@example.org","password":"correct horse battery staple"}"#;
    let response =
        app.post("/api/v1/auth/register").header("content-type", "application/json").body(double).send().await;
    assert_eq!(field_errors(&response), ["name:duplicate"]);
    // The name is valid JSON, but not valid Unicode, because it is half of a surrogate pair.
    let half = r#"{"name":"\ud800","email":"ada@example.org","password":"correct horse battery staple"}"#;
    let response = app.post("/api/v1/auth/register").header("content-type", "application/json").body(half).send().await;
    assert_eq!(field_errors(&response), ["name:type"]);
}

#[tokio::test]
async fn registration_reports_all_missing_fields_and_rule_violations_or_the_first_type_error() {
    let app = TestApp::start().await;
    let table = [
        (json!({}), vec!["email:required", "name:required", "password:required"]),
        (json!({ "name": "", "email": "bad" }), vec!["email:email", "name:length", "password:required"]),
        (
            json!({ "name": 1, "email": "bad", "password": PASSWORD, "role": "a", "admin": true }),
            vec!["admin:unknown_field"],
        ),
        (json!({ "name": null, "email": [], "password": {} }), vec!["email:type"]),
    ];
    for (body, expected) in table {
        assert_eq!(field_errors(&register(&app, &body).await), expected, "{body}");
    }
    let double = r#"{"name":"Ada","name":"Eve","email":"bad"}"#;
    let response =
        app.post("/api/v1/auth/register").header("content-type", "application/json").body(double).send().await;
    assert_eq!(field_errors(&response), ["name:duplicate"]);
    let login = app.post("/api/v1/auth/login").json(&json!({})).send().await;
    assert_eq!(field_errors(&login), ["email:required", "password:required"]);
}

#[tokio::test]
async fn error_responses_never_contain_submitted_values() {
    let app = TestApp::start().await;
    let invalid = |field: &str, value: Value| {
        let mut new = ada();
        new[field] = value;
        new.to_string()
    };
    let mut bodies: Vec<String> = Vec::new();
    for field in ["name", "email", "password", "verified"] {
        bodies.push(invalid(field, json!([CANARY])));
        bodies.push(invalid(field, json!({ "a": CANARY })));
    }
    bodies.push(invalid("name", json!(format!("{CANARY}\n"))));
    bodies.push(invalid("name", json!(CANARY.repeat(100))));
    bodies.push(invalid("email", json!(CANARY)));
    bodies.push(invalid("password", json!(CANARY)));
    bodies.push(invalid("password", json!(CANARY.repeat(1000))));
    bodies.push(json!(CANARY).to_string());
    bodies.push(json!([CANARY]).to_string());
    bodies.push(format!("{{\"password\":\"{CANARY}\""));
    bodies.push(format!("{{\"password\":{CANARY}}}"));
    bodies.push(format!("{} {CANARY}", ada()));
    for path in ["/api/v1/auth/register", "/api/v1/auth/login", "/api/v1/auth/refresh"] {
        for body in &bodies {
            let response = app.post(path).header("content-type", "application/json").body(body.clone()).send().await;
            response.error_code();
            let text = format!("{:?} {}", response.headers, response.text());
            assert!(!text.contains(CANARY), "{path}: {body} is contained in {text}");
        }
    }
}

#[tokio::test]
async fn registration_reports_all_rule_violations_at_once() {
    let app = TestApp::start().await;
    let response = register(&app, &json!({ "name": "", "email": CANARY, "password": "short" })).await;
    insta::assert_json_snapshot!(super::error_without_id(&response), @r#"
    {
      "error": {
        "code": "validation_error",
        "details": [
          {
            "code": "email",
            "field": "email",
            "message": "must be an e-mail address"
          },
          {
            "code": "length",
            "field": "name",
            "message": "must have 1 to 100 characters"
          },
          {
            "code": "min_length",
            "field": "password",
            "message": "must be at least 12 bytes"
          }
        ],
        "message": "One or more fields are invalid. See `details`."
      }
    }
    "#);
}
