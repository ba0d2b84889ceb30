to: "tests/requests/{{ plural }}/create.rs"
---
//! Tests of `POST /api/v1/{{ plural }}`.

use insta::assert_json_snapshot;
use serde_json::json;

use super::{PATH, count_rows, {% if unique_fields %}create_row, {% endif %}first_body{% if unique_fields %}, second_body{% endif %}};
use crate::support::{TestApp, redactions};

#[tokio::test]
async fn create_returns_the_row_when_all_fields_are_present() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada").await;
    let response = app.post(PATH).bearer(&ada).json(&{{ first_body }}).send().await;
    assert_eq!(response.status, 201, "{}", response.text());
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let hidden = (redactions::id(), redactions::time(), redactions::time());
    assert_json_snapshot!(response.json(), { ".id" => hidden.0, ".created_at" => hidden.1, ".updated_at" => hidden.2{{ reference_redactions }} }, @r##"
{{ test_values.first_response }}    "##);
    assert_eq!(response.json()["created_at"], response.json()["updated_at"]);
}

#[tokio::test]
async fn create_rejects_the_request_when_it_sets_a_generated_field() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    for (field, value) in [
        ("user_id", json!(1)),
        ("owner", eve.user["id"].clone()),
        ("id", json!(1)),
        ("pid", eve.user["id"].clone()),
        ("created_at", json!("2026-01-01T00:00:00Z")),
    ] {
        let mut new = {{ first_body }};
        new[field] = value;
        let response = app.post(PATH).bearer(&ada).json(&new).send().await;
        assert_eq!(crate::requests::field_errors(&response), [format!("{field}:unknown_field")]);
    }
    assert_eq!(count_rows(&app).await, 0);
}

#[tokio::test]
async fn create_rejects_the_request_when_it_has_no_token() {
    let app = TestApp::start().await;
    let response = app.post(PATH).json(&json!({})).send().await;
    assert_eq!((response.status.as_u16(), response.header("www-authenticate")), (401, Some("Bearer")));
    assert_json_snapshot!(response.json(), { ".error.request_id" => redactions::id() }, @r##"
    {
      "error": {
        "code": "unauthorized",
        "message": "Authentication is required. Send a valid access token.",
        "request_id": "[id]"
      }
    }
    "##);
    assert_eq!(count_rows(&app).await, 0);
}
{%- for field in fields %}{% if field.target %}

#[tokio::test]
async fn create_rejects_{{ field.name }}_when_it_belongs_to_another_user() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let mut new = {{ first_body }};
    new["{{ field.name }}"] = crate::requests::{{ field.target }}::some(&app, &eve).await["id"].clone();
    let response = app.post(PATH).bearer(&ada).json(&new).send().await;
    assert_eq!(crate::requests::field_errors(&response), ["{{ field.name }}:unknown"]);
    assert_eq!(count_rows(&app).await, 0);
}
{%- endif %}{% endfor %}
{%- for unique in unique_fields %}

#[tokio::test]
async fn create_rejects_{{ unique }}_when_the_owner_has_the_value_already() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    create_row(&app, &ada, &{{ first_body }}).await;
    let mut duplicate = {{ second_body }};
    duplicate["{{ unique }}"] = {{ first_body }}["{{ unique }}"].clone();
    assert_eq!(app.post(PATH).bearer(&ada).json(&duplicate).send().await.error_code(), "conflict");
    // Another owner can use the same value, because a conflict would reveal that the value exists.
    create_row(&app, &eve, &{{ first_body_of_eve }}).await;
    assert_eq!(count_rows(&app).await, 2);
}
{%- endfor %}
