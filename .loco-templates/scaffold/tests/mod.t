to: "tests/requests/{{ plural }}/mod.rs"
injections:
- into: tests/requests/mod.rs
  after_last: "^mod "
  content: "mod {{ plural }};"
- into: tests/requests/mod.rs
  before: "generated-inject"
  content: "    \"{{ plural }}\","
---
{% set linked = targets | length > 0 -%}
//! {{ things_title }}: stored, listed, shown, rewritten, removed.

mod create;
mod described;
mod limits;
mod list;
mod remove;
mod rewrite;
mod rules;
mod show;

use serde_json::{Value, json};

use crate::support::{TestApp, app::SignedIn};

const PATH: &str = "/api/v1/{{ plural }}";

/// What a person gives.
{% if linked %}async fn first(app: &TestApp, who: &SignedIn) -> Value {
{% else %}fn first() -> Value {
{% endif %}    json!({
{%- for field in samples.first %}
        "{{ field.name }}": {{ field.value }},
{%- endfor %}
    })
}

/// Something else, without what may be left out.
{% if linked %}async fn second(app: &TestApp, who: &SignedIn) -> Value {
{% else %}fn second() -> Value {
{% endif %}    json!({
{%- for field in samples.second %}
        "{{ field.name }}": {{ field.value }},
{%- endfor %}
    })
}

{% if large -%}
/// Fields that may be large: a list does not show them.
const LARGE: [&str; {{ large | length }}] = [{% for name in large %}"{{ name }}", {% endfor %}];

/// A stored one as a list shows it.
fn in_list({{ singular }}: &Value) -> Value {
    let mut item = {{ singular }}.clone();
    item.as_object_mut().unwrap().retain(|field, _| !LARGE.contains(&field.as_str()));
    item
}

{% endif -%}
/// Stores it and gives what is answered.
async fn store(app: &TestApp, who: &SignedIn, content: &Value) -> Value {
    let answer = app.post(PATH).bearer(who).json(content).send().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// One that this person has, whatever it is.
pub async fn some(app: &TestApp, who: &SignedIn) -> Value {
    let list = app.get(PATH).bearer(who).send().await.json();
    match list["items"].get(0) {
{%- if large %}
        Some({{ singular }}) => app.get(&path({{ singular }})).bearer(who).send().await.json(),
{%- else %}
        Some({{ singular }}) => {{ singular }}.clone(),
{%- endif %}
        None => store(app, who, &first({% if linked %}app, who{% endif %}){% if linked %}.await{% endif %}).await,
    }
}

/// Where it is found.
fn path({{ singular }}: &Value) -> String {
    format!("{PATH}/{}", {{ singular }}["id"].as_str().unwrap())
}

/// How many there are, whosever they are.
async fn rows(app: &TestApp) -> u64 {
    use sea_orm::{EntityTrait, PaginatorTrait};
    {{ pkg_name }}::models::{{ plural }}::Entity::find().count(&app.ctx.db).await.unwrap()
}
