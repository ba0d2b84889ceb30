{% set file = name | snake_case -%}
{% set table = file | plural -%}
to: "tests/requests/{{ file }}.rs"
skip_exists: true
injections:
- into: tests/requests/mod.rs
  after_last: "^mod "
  content: "mod {{ file }};"
---
//! `/api/v1/{{ table }}`.

use insta::assert_json_snapshot;

use crate::support::{TestApp, redactions};

const ROUTES: &[(&str, &str)] = &[
    ("GET", "/api/v1/{{ table }}"),
{%- for action in actions %}{% if action.name != "index" %}
    ("{{ action.verb | upper }}", "/api/v1/{{ table }}/{{ action.name }}"),
{%- endif %}{% endfor %}
];

#[tokio::test]
async fn whoever_is_signed_in_is_answered() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    for (method, path) in ROUTES {
        assert_eq!(app.request(method, path).bearer(&who).send().await.status, 204, "{method} {path}");
    }
}

#[tokio::test]
async fn nobody_else_is() {
    let app = TestApp::start().await;
    for (method, path) in ROUTES {
        assert_eq!(app.request(method, path).send().await.error_code(), "unauthorized", "{method} {path}");
    }
    let answer = app.get("/api/v1/{{ table }}").send().await;
    assert_json_snapshot!(answer.json(), { ".error.request_id" => redactions::id() }, @r##"
    {
      "error": {
        "code": "unauthorized",
        "message": "Sign in to do this.",
        "request_id": "[id]"
      }
    }
    "##);
}
