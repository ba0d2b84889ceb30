{% set file = name | snake_case -%}
{% set table = file | plural -%}
to: "tests/requests/{{ file }}.rs"
skip_exists: true
injections:
- into: tests/requests/mod.rs
  after_last: "^mod "
  content: "mod {{ file }};"
---
//! Tests of `/api/v1/{{ table }}`.

use insta::assert_json_snapshot;

use crate::support::{TestApp, redactions};

const ROUTES: &[(&str, &str)] = &[
    ("GET", "/api/v1/{{ table }}"),
{%- for action in actions %}{% if action.name != "index" %}
    ("{{ action.verb | upper }}", "/api/v1/{{ table }}/{{ action.name }}"),
{%- endif %}{% endfor %}
];

#[tokio::test]
async fn routes_respond_when_the_user_is_authenticated() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada").await;
    for (method, path) in ROUTES {
        assert_eq!(app.request(method, path).bearer(&ada).send().await.status, 204, "{method} {path}");
    }
}

#[tokio::test]
async fn routes_reject_the_request_when_it_has_no_token() {
    let app = TestApp::start().await;
    for (method, path) in ROUTES {
        assert_eq!(app.request(method, path).send().await.error_code(), "unauthorized", "{method} {path}");
    }
    let response = app.get("/api/v1/{{ table }}").send().await;
    assert_json_snapshot!(response.json(), { ".error.request_id" => redactions::id() }, @r##"
    {
      "error": {
        "code": "unauthorized",
        "message": "Authentication is required. Send a valid access token.",
        "request_id": "[id]"
      }
    }
    "##);
}
