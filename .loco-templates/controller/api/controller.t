{% set file = name | snake_case -%}
{% set table = file | plural -%}
to: "src/controllers/{{ file }}.rs"
skip_exists: true
message: "The controller `{{ file }}`: `/api/v1/{{ table }}`, for whoever is signed in."
injections:
- into: src/controllers/mod.rs
  after_last: "^pub mod "
  content: "pub mod {{ file }};"
- into: src/controllers/mod.rs
  before: "api-inject"
  content: "        {{ file }}::api(),"
- into: src/controllers/openapi.rs
  before: "tags-inject"
  content: "        (name = \"{{ table }}\", description = \"{{ table | replace(from="_", to=" ") | capitalize }}.\"),"
- into: tests/requests/mod.rs
  before: "generated-inject"
  content: "    \"{{ table }}\","
---
//! {{ table | replace(from="_", to=" ") | capitalize }}, for whoever is signed in.

use axum::http::StatusCode;
use utoipa_axum::routes;

use super::{api_routes::ApiRoutes, extractors::Current};
use crate::errors::AppResult;

/// The routes with their description and limits.
#[must_use]
pub fn api() -> ApiRoutes {
    ApiRoutes::default()
        .with(routes!(index))
{%- for action in actions %}{% if action.name != "index" %}
        .{% if action.verb == "get" %}with(routes!({{ action.name }})){% else %}limited("writes", routes!({{ action.name }})){% endif %}
{%- endif %}{% endfor %}
}

/// Answers nothing yet.
#[utoipa::path(
    get, path = "/api/v1/{{ table }}", operation_id = "index_{{ file }}", tag = "{{ table }}", security(("bearer" = [])),
    responses((status = 204, description = "Nothing yet.")),
)]
async fn index(_current: Current) -> AppResult<StatusCode> {
    Ok(StatusCode::NO_CONTENT)
}
{% for action in actions %}{% if action.name != "index" %}
/// Answers nothing yet.
#[utoipa::path(
    {{ action.verb }}, path = "/api/v1/{{ table }}/{{ action.name }}", operation_id = "{{ action.name }}_{{ file }}", tag = "{{ table }}", security(("bearer" = [])),
    responses((status = 204, description = "Nothing yet.")),
)]
async fn {{ action.name }}(_current: Current) -> AppResult<StatusCode> {
    Ok(StatusCode::NO_CONTENT)
}
{% endif %}{% endfor %}
