to: "tests/requests/{{ plural }}/rules.rs"
---
//! What may be given, whether new or in place of the old.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::{PATH, first, path, rows, some};
use crate::support::{TestApp, redactions};

/// Which field is refused with which value, and as what.
fn refused() -> Vec<(&'static str, Value, &'static str)> {
    vec![
{%- for field in fields %}{% for wrong in field.wrong %}
        ("{{ field.name }}", {{ wrong.0 }}, "{{ wrong.1 }}"),
{%- endfor %}{% endfor %}
    ]
}

#[tokio::test]
async fn what_breaks_a_rule_is_named_and_not_stored() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    for (field, value, expected) in refused() {
        let mut new = {{ call_first }};
        new[field] = value;
        let answer = app.post(PATH).bearer(&who).json(&new).send().await;
        assert_eq!(crate::requests::faults(&answer), [expected], "{field}");
    }
    assert_eq!(rows(&app).await, 0);
}

#[tokio::test]
async fn what_breaks_a_rule_does_not_take_the_place_of_what_is_there() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let {{ singular }} = some(&app, &who).await;
    for (field, value, expected) in refused() {
        let mut new = {{ call_first }};
        new[field] = value;
        let answer = app.put(&path(&{{ singular }})).bearer(&who).json(&new).send().await;
        assert_eq!(crate::requests::faults(&answer), [expected], "{field}");
    }
    assert_eq!(app.get(&path(&{{ singular }})).bearer(&who).send().await.json(), {{ singular }});
}
{%- if samples.required %}

#[tokio::test]
async fn what_is_required_cannot_be_left_out() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    for field in [{% for field in samples.required %}"{{ field }}", {% endfor %}] {
        let mut new = {{ call_first }};
        new.as_object_mut().unwrap().remove(field);
        let answer = app.post(PATH).bearer(&who).json(&new).send().await;
        assert_eq!(crate::requests::faults(&answer), [format!("{field}:required")]);
    }
}
{%- endif %}

#[tokio::test]
async fn a_refusal_has_the_one_shape() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let mut new = {{ call_first }};
    new["is_admin"] = json!(true);
    let answer = app.post(PATH).bearer(&who).json(&new).send().await;
    assert_eq!(answer.status, 422);
    assert_json_snapshot!(answer.json(), { ".error.request_id" => redactions::id() }, @r##"
    {
      "error": {
        "code": "validation_error",
        "details": [
          {
            "code": "unknown_field",
            "field": "is_admin",
            "message": "is not a field of this request"
          }
        ],
        "message": "Some values are not accepted.",
        "request_id": "[id]"
      }
    }
    "##);
}

#[tokio::test]
async fn a_request_larger_than_any_could_be_is_not_read() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let huge = json!({ "is_admin": "x".repeat({{ request_kib }} * 1024) });
    assert_eq!(app.post(PATH).bearer(&who).json(&huge).send().await.error_code(), "payload_too_large");
}
