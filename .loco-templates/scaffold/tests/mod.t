to: "tests/requests/{{ plural }}/mod.rs"
injections:
- into: tests/requests/mod.rs
  after_last: "^mod "
  content: "mod {{ plural }};"
- into: tests/requests/mod.rs
  before: "generated-inject"
  content: "    \"{{ plural }}\","
---
{% set has_references = targets | length > 0 -%}
//! Tests of `/api/v1/{{ plural }}`.

mod create;
mod limits;
mod list;
mod openapi;
mod remove;
mod rules;
mod show;
mod update;

use serde_json::{Value, json};

use crate::support::{TestApp, app::SignedIn};

const PATH: &str = "/api/v1/{{ plural }}";

/// Returns a request body with all fields.
{% if has_references %}async fn first_body(app: &TestApp, user: &SignedIn) -> Value {
{% else %}fn first_body() -> Value {
{% endif %}    json!({
{%- for field in test_values.first_body %}
        "{{ field.name }}": {{ field.value }},
{%- endfor %}
    })
}

/// Returns a request body with other values. Contains no optional fields except references.
{% if has_references %}async fn second_body(app: &TestApp, user: &SignedIn) -> Value {
{% else %}fn second_body() -> Value {
{% endif %}    json!({
{%- for field in test_values.second_body %}
        "{{ field.name }}": {{ field.value }},
{%- endfor %}
    })
}

{% if large_fields -%}
/// Fields that may be large. A list omits these fields.
const LARGE_FIELDS: [&str; {{ large_fields | length }}] = [{% for name in large_fields %}"{{ name }}", {% endfor %}];

/// Converts a response to the form of a list item.
fn in_list(row: &Value) -> Value {
    let mut item = row.clone();
    item.as_object_mut().unwrap().retain(|field, _| !LARGE_FIELDS.contains(&field.as_str()));
    item
}

{% endif -%}
/// Creates a row and returns the response.
async fn create_row(app: &TestApp, user: &SignedIn, content: &Value) -> Value {
    let response = app.post(PATH).bearer(user).json(content).send().await;
    assert_eq!(response.status, 201, "{}", response.text());
    response.json()
}

/// Returns a row of the user. Creates a row if the user has none.
pub async fn some(app: &TestApp, user: &SignedIn) -> Value {
    let list = app.get(PATH).bearer(user).send().await.json();
    match list["items"].get(0) {
{%- if large_fields %}
        Some(row) => app.get(&path(row)).bearer(user).send().await.json(),
{%- else %}
        Some(row) => row.clone(),
{%- endif %}
        None => create_row(app, user, &first_body({% if has_references %}app, user{% endif %}){% if has_references %}.await{% endif %}).await,
    }
}

/// Returns the path of a row.
fn path(row: &Value) -> String {
    format!("{PATH}/{}", row["id"].as_str().unwrap())
}

/// Returns the number of rows of all users.
async fn count_rows(app: &TestApp) -> u64 {
    use sea_orm::{EntityTrait, PaginatorTrait};
    {{ pkg_name }}::models::{{ plural }}::Entity::find().count(&app.ctx.db).await.unwrap()
}
