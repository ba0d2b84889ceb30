{% set file = name | snake_case -%}
{% set table = file | plural -%}
to: "src/controllers/api/{{ file }}.rs"
skip_exists: true
message: "Controller `{{ file }}` generated: `/api/v1/{{ table }}`, for authenticated users."
injections:
- into: src/controllers/api/mod.rs
  after_last: "^pub mod "
  content: "pub mod {{ file }};"
- into: src/controllers/api/mod.rs
  before: "api-inject"
  content: "        {{ file }}::routes(),"
- into: src/controllers/api/openapi.rs
  before: "tags-inject"
  content: "        (name = \"{{ table }}\", description = \"{{ table | replace(from="_", to=" ") | capitalize }}.\"),"
- into: tests/requests/mod.rs
  before: "generated-inject"
  content: "    \"{{ table }}\","
---
//! {{ table | replace(from="_", to=" ") | capitalize }}: routes for authenticated users.

use axum::http::StatusCode;
use utoipa_axum::routes;

use crate::{
    controllers::{extractors::CurrentUser, routing::api::ApiRoutes},
    errors::AppResult,
};

/// Returns the routes with their OpenAPI operations and limits.
#[must_use]
pub fn routes() -> ApiRoutes {
    ApiRoutes::default()
        .with(routes!(index))
{%- for action in actions %}{% if action.name != "index" %}
        .{% if action.verb == "get" %}with(routes!({{ action.name }})){% else %}limited("writes", routes!({{ action.name }})){% endif %}
{%- endif %}{% endfor %}
}

/// Returns an empty response. Replace the body.
#[utoipa::path(
    get, path = "/api/v1/{{ table }}", operation_id = "index_{{ file }}", tag = "{{ table }}", security(("bearer" = [])),
    responses((status = 204, description = "No content.")),
)]
async fn index(_current: CurrentUser) -> AppResult<StatusCode> {
    Ok(StatusCode::NO_CONTENT)
}
{% for action in actions %}{% if action.name != "index" %}
/// Returns an empty response. Replace the body.
#[utoipa::path(
    {{ action.verb }}, path = "/api/v1/{{ table }}/{{ action.name }}", operation_id = "{{ action.name }}_{{ file }}", tag = "{{ table }}", security(("bearer" = [])),
    responses((status = 204, description = "No content.")),
)]
async fn {{ action.name }}(_current: CurrentUser) -> AppResult<StatusCode> {
    Ok(StatusCode::NO_CONTENT)
}
{% endif %}{% endfor %}
