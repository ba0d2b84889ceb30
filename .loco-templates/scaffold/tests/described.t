to: "tests/requests/{{ plural }}/described.rs"
---
{% set last = views | last -%}
//! How the API's description shows `/api/v1/{{ plural }}`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{ {% if large %}LARGE, {% endif %}PATH};
use crate::support::TestApp;

const GIVEN: [&str; {{ fields | length }}] = [{% for field in fields %}"{{ field.name }}", {% endfor %}];
const REQUIRED: [&str; {{ samples.required | length }}] = [{% for field in samples.required %}"{{ field }}", {% endfor %}];
const OWN: [&str; 3] = ["id", "created_at", "updated_at"];

fn texts(list: &Value) -> BTreeSet<&str> {
    list.as_array().into_iter().flatten().map(|item| item.as_str().unwrap()).collect()
}

fn properties(schema: &Value) -> BTreeSet<&str> {
    schema["properties"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn the_description_names_what_is_given_and_what_is_shown() {
    let app = TestApp::start().await;
    let spec = app.get("/api/openapi.json").send().await.json();
    let schemas = &spec["components"]["schemas"];
    let params = &schemas["{{ type_name }}Params"];
    assert_eq!(properties(params), BTreeSet::from(GIVEN));
    assert_eq!(texts(&params["required"]), BTreeSet::from(REQUIRED));
    assert_eq!(params["additionalProperties"], false);
    assert_eq!(properties(&schemas["{{ type_name }}View"]), GIVEN.into_iter().chain(OWN).collect());
{%- if large %}
    let small = GIVEN.into_iter().filter(|field| !LARGE.contains(field));
    assert_eq!(properties(&schemas["{{ last.type }}"]), small.chain(OWN).collect());
{%- endif %}
    let list = &spec["paths"][PATH]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(list["$ref"], "#/components/schemas/Page_{{ last.type }}");
}

#[tokio::test]
async fn every_change_is_described_with_its_limit() {
    let app = TestApp::start().await;
    let spec = app.get("/api/openapi.json").send().await.json();
    let one = format!("{PATH}/{{ "{{" }}id{{ "}}" }}");
    for (path, method, limit) in [
        (PATH, "post", "writes".into()),
        (PATH, "get", Value::Null),
        (one.as_str(), "get", Value::Null),
        (one.as_str(), "put", "writes".into()),
        (one.as_str(), "delete", "writes".into()),
    ] {
        let operation = &spec["paths"][path][method];
        assert_eq!(operation["tags"], serde_json::json!(["{{ plural }}"]), "{method} {path}");
        assert_eq!(operation["x-rate-limit-policy"], limit, "{method} {path}");
    }
}
