to: "tests/requests/{{ plural }}/openapi.rs"
---
{% set list_view = views | last -%}
//! Tests of the OpenAPI operations and schemas of `/api/v1/{{ plural }}`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{ {% if large_fields %}LARGE_FIELDS, {% endif %}PATH};
use crate::support::TestApp;

const REQUEST_FIELDS: [&str; {{ fields | length }}] = [{% for field in fields %}"{{ field.name }}", {% endfor %}];
const REQUIRED_FIELDS: [&str; {{ test_values.required_fields | length }}] = [{% for field in test_values.required_fields %}"{{ field }}", {% endfor %}];
const GENERATED_FIELDS: [&str; 3] = ["id", "created_at", "updated_at"];

fn texts(list: &Value) -> BTreeSet<&str> {
    list.as_array().into_iter().flatten().map(|item| item.as_str().unwrap()).collect()
}

fn properties(schema: &Value) -> BTreeSet<&str> {
    schema["properties"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn openapi_schemas_contain_all_fields_when_the_resource_is_generated() {
    let app = TestApp::start().await;
    let spec = app.get("/api/openapi.json").send().await.json();
    let schemas = &spec["components"]["schemas"];
    let params = &schemas["{{ type_name }}Params"];
    assert_eq!(properties(params), BTreeSet::from(REQUEST_FIELDS));
    assert_eq!(texts(&params["required"]), BTreeSet::from(REQUIRED_FIELDS));
    assert_eq!(params["additionalProperties"], false);
    assert_eq!(properties(&schemas["{{ type_name }}View"]), REQUEST_FIELDS.into_iter().chain(GENERATED_FIELDS).collect());
{%- if large_fields %}
    let small = REQUEST_FIELDS.into_iter().filter(|field| !LARGE_FIELDS.contains(field));
    assert_eq!(properties(&schemas["{{ list_view.type }}"]), small.chain(GENERATED_FIELDS).collect());
{%- endif %}
    let list = &spec["paths"][PATH]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(list["$ref"], "#/components/schemas/Page_{{ list_view.type }}");
}

#[tokio::test]
async fn openapi_operations_name_the_limit_when_they_write() {
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
