to: "tests/requests/{{ plural }}/create.rs"
---
//! `POST /api/v1/{{ plural }}`.

use insta::assert_json_snapshot;
use serde_json::json;

use super::{PATH, first, rows{% if uniques %}, second, store{% endif %}};
use crate::support::{TestApp, redactions};

#[tokio::test]
async fn what_is_stored_is_shown() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let answer = app.post(PATH).bearer(&who).json(&{{ call_first }}).send().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let hidden = (redactions::id(), redactions::time(), redactions::time());
    assert_json_snapshot!(answer.json(), { ".id" => hidden.0, ".created_at" => hidden.1, ".updated_at" => hidden.2{{ redacted }} }, @r##"
{{ samples.first_shown }}    "##);
    assert_eq!(answer.json()["created_at"], answer.json()["updated_at"]);
}

#[tokio::test]
async fn nobody_can_say_whose_it_is_or_when_it_was_stored() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    for (field, value) in [
        ("user_id", json!(1)),
        ("owner", eve.user["id"].clone()),
        ("id", json!(1)),
        ("pid", eve.user["id"].clone()),
        ("created_at", json!("2026-01-01T00:00:00Z")),
    ] {
        let mut new = {{ call_first }};
        new[field] = value;
        let answer = app.post(PATH).bearer(&who).json(&new).send().await;
        assert_eq!(crate::requests::faults(&answer), [format!("{field}:unknown_field")]);
    }
    assert_eq!(rows(&app).await, 0);
}

#[tokio::test]
async fn nobody_stores_anything_without_signing_in() {
    let app = TestApp::start().await;
    let answer = app.post(PATH).json(&json!({})).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (401, Some("Bearer")));
    assert_json_snapshot!(answer.json(), { ".error.request_id" => redactions::id() }, @r##"
    {
      "error": {
        "code": "unauthorized",
        "message": "Sign in to do this.",
        "request_id": "[id]"
      }
    }
    "##);
    assert_eq!(rows(&app).await, 0);
}
{%- for field in fields %}{% if field.target %}

#[tokio::test]
async fn a_strangers_{{ field.name }}_is_unknown() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let mut new = {{ call_first }};
    new["{{ field.name }}"] = crate::requests::{{ field.target }}::some(&app, &eve).await["id"].clone();
    let answer = app.post(PATH).bearer(&who).json(&new).send().await;
    assert_eq!(crate::requests::faults(&answer), ["{{ field.name }}:unknown"]);
    assert_eq!(rows(&app).await, 0);
}
{%- endif %}{% endfor %}
{%- for unique in uniques %}

#[tokio::test]
async fn a_{{ unique }}_is_taken_once_for_each_owner() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    store(&app, &who, &{{ call_first }}).await;
    let mut again = {{ call_second }};
    again["{{ unique }}"] = {{ call_first }}["{{ unique }}"].clone();
    assert_eq!(app.post(PATH).bearer(&who).json(&again).send().await.error_code(), "conflict");
    // Whether a stranger has the value is nobody's business.
    store(&app, &eve, &{{ call_first_of_eve }}).await;
    assert_eq!(rows(&app).await, 2);
}
{%- endfor %}
