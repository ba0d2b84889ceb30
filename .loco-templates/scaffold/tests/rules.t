to: "tests/requests/{{ plural }}/rules.rs"
---
//! Tests of the validation rules of `POST` and `PUT`.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::{PATH, count_rows, first_body, path, some};
use crate::support::{TestApp, redactions};

/// Returns invalid values. Each entry contains the field, the value and the expected error.
fn invalid_values() -> Vec<(&'static str, Value, &'static str)> {
    vec![
{%- for field in fields %}{% for invalid in field.invalid_values %}
        ("{{ field.name }}", {{ invalid.0 }}, "{{ invalid.1 }}"),
{%- endfor %}{% endfor %}
    ]
}

#[tokio::test]
async fn create_names_the_field_and_inserts_nothing_when_a_value_is_invalid() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada").await;
    for (field, value, expected) in invalid_values() {
        let mut new = {{ first_body }};
        new[field] = value;
        let response = app.post(PATH).bearer(&ada).json(&new).send().await;
        assert_eq!(crate::requests::field_errors(&response), [expected], "{field}");
    }
    assert_eq!(count_rows(&app).await, 0);
}

#[tokio::test]
async fn update_names_the_field_and_changes_nothing_when_a_value_is_invalid() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada").await;
    let row = some(&app, &ada).await;
    for (field, value, expected) in invalid_values() {
        let mut new = {{ first_body }};
        new[field] = value;
        let response = app.put(&path(&row)).bearer(&ada).json(&new).send().await;
        assert_eq!(crate::requests::field_errors(&response), [expected], "{field}");
    }
    assert_eq!(app.get(&path(&row)).bearer(&ada).send().await.json(), row);
}
{%- if test_values.required_fields %}

#[tokio::test]
async fn create_rejects_the_request_when_a_required_field_is_missing() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada").await;
    for field in [{% for field in test_values.required_fields %}"{{ field }}", {% endfor %}] {
        let mut new = {{ first_body }};
        new.as_object_mut().unwrap().remove(field);
        let response = app.post(PATH).bearer(&ada).json(&new).send().await;
        assert_eq!(crate::requests::field_errors(&response), [format!("{field}:required")]);
    }
}
{%- endif %}

#[tokio::test]
async fn create_returns_a_validation_error_when_a_field_is_unknown() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada").await;
    let mut new = {{ first_body }};
    new["is_admin"] = json!(true);
    let response = app.post(PATH).bearer(&ada).json(&new).send().await;
    assert_eq!(response.status, 422);
    assert_json_snapshot!(response.json(), { ".error.request_id" => redactions::id() }, @r##"
    {
      "error": {
        "code": "validation_error",
        "details": [
          {
            "code": "unknown_field",
            "field": "is_admin",
            "message": "must not be present, because the field is unknown"
          }
        ],
        "message": "One or more fields are invalid. See `details`.",
        "request_id": "[id]"
      }
    }
    "##);
}

#[tokio::test]
async fn create_rejects_the_request_when_its_body_is_too_large() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada").await;
    let huge = json!({ "is_admin": "x".repeat({{ max_request_kib }} * 1024) });
    assert_eq!(app.post(PATH).bearer(&ada).json(&huge).send().await.error_code(), "payload_too_large");
}
