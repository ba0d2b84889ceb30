to: "src/controllers/api/{{ plural }}.rs"
injections:
- into: src/controllers/api/mod.rs
  after_last: "^pub mod "
  content: "pub mod {{ plural }};"
- into: src/controllers/api/mod.rs
  before: "api-inject"
  content: "        {{ plural }}::routes(),"
- into: src/controllers/api/openapi.rs
  before: "tags-inject"
  content: "        (name = \"{{ plural }}\", description = \"{{ title_plural }} of the user.\"),"
---
{% set has_references = targets | length > 0 -%}
{% set list_view = views | last -%}
//! Routes of `/api/v1/{{ plural }}`. Users have access to their own {{ label_plural }} only.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
{% if imports.date or imports.time or imports.timestamp %}use chrono::{ {% if imports.timestamp %}DateTime, {% endif %}{% if imports.date %}NaiveDate, {% endif %}{% if imports.time %}NaiveTime, {% endif %}{% if imports.subsecond %}SubsecRound, {% endif %}{% if imports.timestamp %}Utc, {% endif %} };
{% endif %}use serde::Deserialize;
{% if imports.json %}use serde_json::Value;
{% endif %}use utoipa_axum::routes;
use uuid::Uuid;
use validator::{Validate{% if imports.rule_arguments %}, ValidationError{% endif %}};

use crate::{
    clock,
    controllers::{
        extractors::{CurrentUser, Json, Pages, Path{% if imports.rules %}, validators{% endif %}},
        routing::api::{ApiRoutes, body_limit},
        state::AppState,
    },
    errors::AppResult,
    models::{
        {{ plural }}::{Content, {% for enum_type in enum_types %}{{ enum_type }}, {% endfor %}Model},
        pagination::Page,
    },
    views::{self, {% if imports.binary %}base64::Base64, {% endif %}{% if imports.decimal %}decimal_string::DecimalString, {% endif %}{{ plural }}::{ {% for view in views %}{{ view.type }}, {% endfor %} }},
};

/// Maximum size of a request, in bytes: every field at its maximum length, with all characters escaped.
const REQUEST_BYTES: usize = {{ max_request_kib }} * 1024;

/// Returns the routes with their OpenAPI operations and limits.
#[must_use]
pub fn routes() -> ApiRoutes {
    ApiRoutes::default()
        .limited("writes", body_limit(REQUEST_BYTES, routes!(create)))
        .with(routes!(list))
        .with(routes!(show))
        .limited("writes", body_limit(REQUEST_BYTES, routes!(update, remove)))
}

/// Content of a request.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
{%- if has_many_bools %}
#[allow(clippy::struct_excessive_bools, reason = "each field is a column")]
{%- endif %}
pub struct {{ type_name }}Params {
{%- for field in fields %}
{%- if field.target %}
    /// ID in `{{ field.target }}`.
{%- else %}
{%- if field.rule_arguments %}
    #[validate(custom(function = check_{{ field.name }}))]
{%- elif field.rule %}
    #[validate(custom(function = validators::{{ field.rule }}))]
{%- endif %}
    #[schema({% if field.request_schema_type %}value_type = {{ field.request_schema_type }}, {% endif %}example = {{ field.example }})]
{%- endif %}
    {{ field.name }}: {{ field.json_type }},
{%- endfor %}
}

impl From<{{ type_name }}Params> for Content {
    fn from(params: {{ type_name }}Params) -> Self {
        Self {
{%- for field in fields %}
            {{ field.name }}: {{ field.from_request }},
{%- endfor %}
        }
    }
}
{% for field in fields %}{% if field.rule_arguments %}
fn check_{{ field.name }}(value: &{{ field.validated_type }}) -> Result<(), ValidationError> {
    validators::{{ field.rule }}(value, {{ field.rule_arguments }})
}
{% endif %}{% endfor %}
/// Creates a new {{ label }}.
#[utoipa::path(
    post, path = "/api/v1/{{ plural }}", operation_id = "create_{{ singular }}", tag = "{{ plural }}", security(("bearer" = [])), request_body = {{ type_name }}Params,
    responses((status = 201, description = "Created.", body = {{ type_name }}View)),
)]
async fn create(
    current: CurrentUser,
    State(state): State<AppState>,
    Json(params): Json<{{ type_name }}Params>,
) -> AppResult<Response> {
    let {{ singular }} = Model::create_for(&state.db, &current.user, params.into(), clock::now()).await?;
{%- if has_references %}
    let {{ singular }} = {{ singular }}.linked(&state.db).await?;
{%- endif %}
    Ok((StatusCode::CREATED, views::json(&{{ type_name }}View::from({{ singular }}))?).into_response())
}

/// Lists the user's {{ label_plural }}, newest first.
#[utoipa::path(
    get, path = "/api/v1/{{ plural }}", operation_id = "list_{{ plural }}", tag = "{{ plural }}", security(("bearer" = [])), params(Pages),
    responses((status = 200, description = "One page.", body = Page<{{ list_view.type }}>)),
)]
async fn list(current: CurrentUser, State(state): State<AppState>, pages: Pages) -> AppResult<Response> {
    let page = Model::list_for(&state.db, &current.user, pages.request()).await?;
    views::json(&page.map({{ list_view.type }}::from))
}

/// Returns one {{ label }}.
#[utoipa::path(
    get, path = "/api/v1/{{ plural }}/{id}", operation_id = "show_{{ singular }}", tag = "{{ plural }}", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 200, description = "The {{ label }}.", body = {{ type_name }}View)),
)]
async fn show(current: CurrentUser, State(state): State<AppState>, Path(id): Path<Uuid>) -> AppResult<Response> {
    let {{ singular }} = Model::find_for(&state.db, &current.user, id).await?;
{%- if has_references %}
    let {{ singular }} = {{ singular }}.linked(&state.db).await?;
{%- endif %}
    views::json(&{{ type_name }}View::from({{ singular }}))
}

/// Replaces the content of one {{ label }}.
#[utoipa::path(
    put, path = "/api/v1/{{ plural }}/{id}", operation_id = "update_{{ singular }}", tag = "{{ plural }}", security(("bearer" = [])), params(("id" = Uuid, Path)), request_body = {{ type_name }}Params,
    responses((status = 200, description = "The updated {{ label }}.", body = {{ type_name }}View)),
)]
async fn update(
    current: CurrentUser,
    State(state): State<AppState>,
    Path(id): Path<Uuid>,
    Json(params): Json<{{ type_name }}Params>,
) -> AppResult<Response> {
    let {{ singular }} = Model::find_for(&state.db, &current.user, id).await?;
    let {{ singular }} = {{ singular }}.update(&state.db, {% if has_references %}&current.user, {% endif %}params.into(), clock::now()).await?;
{%- if has_references %}
    let {{ singular }} = {{ singular }}.linked(&state.db).await?;
{%- endif %}
    views::json(&{{ type_name }}View::from({{ singular }}))
}

/// Deletes one {{ label }}.
#[utoipa::path(
    delete, path = "/api/v1/{{ plural }}/{id}", operation_id = "remove_{{ singular }}", tag = "{{ plural }}", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "Deleted.")),
)]
async fn remove(current: CurrentUser, State(state): State<AppState>, Path(id): Path<Uuid>) -> AppResult<StatusCode> {
    let {{ singular }} = Model::find_for(&state.db, &current.user, id).await?;
    {{ singular }}.remove(&state.db).await?;
    Ok(StatusCode::NO_CONTENT)
}
