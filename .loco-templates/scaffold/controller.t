to: "src/controllers/{{ plural }}.rs"
injections:
- into: src/controllers/mod.rs
  after_last: "^pub mod "
  content: "pub mod {{ plural }};"
- into: src/controllers/mod.rs
  before: "api-inject"
  content: "        {{ plural }}::api(),"
- into: src/controllers/openapi.rs
  before: "tags-inject"
  content: "        (name = \"{{ plural }}\", description = \"{{ things_title }}, each its owner's alone.\"),"
---
{% set linked = targets | length > 0 -%}
{% set last = views | last -%}
//! {{ things_title }}, each its owner's alone.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
{% if imports.date or imports.time or imports.moment %}use chrono::{ {% if imports.moment %}DateTime, {% endif %}{% if imports.date %}NaiveDate, {% endif %}{% if imports.time %}NaiveTime, {% endif %}{% if imports.subsec %}SubsecRound, {% endif %}{% if imports.moment %}Utc, {% endif %} };
{% endif %}use serde::Deserialize;
{% if imports.json %}use serde_json::Value;
{% endif %}use utoipa_axum::routes;
use uuid::Uuid;
use validator::{Validate{% if imports.local_rules %}, ValidationError{% endif %}};

use super::{
    Shared,
    api_routes::{ApiRoutes, body_limit},
    extractors::{Current, Json, Pages, Path{% if imports.rules %}, rules{% endif %}},
};
use crate::{
    clock,
    errors::AppResult,
    models::{
        {{ plural }}::{Content, {% for enum_type in enum_types %}{{ enum_type }}, {% endfor %}Model},
        pages::Page,
    },
    views::{self, {% if imports.bytes %}bytes::Base64, {% endif %}{% if imports.exact %}exact::Exact, {% endif %}{{ plural }}::{ {% for view in views %}{{ view.type }}, {% endfor %} }},
};

/// Bytes of a request: each field at its longest, and all of it escaped.
const REQUEST_BYTES: usize = {{ request_kib }} * 1024;

/// The routes with their description and limits.
#[must_use]
pub fn api() -> ApiRoutes {
    ApiRoutes::default()
        .limited("writes", body_limit(REQUEST_BYTES, routes!(create)))
        .with(routes!(list))
        .with(routes!(show))
        .limited("writes", body_limit(REQUEST_BYTES, routes!(rewrite, remove)))
}

/// What a person gives.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
{%- if many_bools %}
#[allow(clippy::struct_excessive_bools, reason = "each is a column of its own")]
{%- endif %}
pub struct {{ type_name }}Params {
{%- for field in fields %}
{%- if field.target %}
    /// One of the owner's `{{ field.target }}`.
{%- else %}
{%- if field.rule_with %}
    #[validate(custom(function = check_{{ field.name }}))]
{%- elif field.rule %}
    #[validate(custom(function = rules::{{ field.rule }}))]
{%- endif %}
    #[schema({% if field.request_described %}value_type = {{ field.request_described }}, {% endif %}example = {{ field.example }})]
{%- endif %}
    {{ field.name }}: {{ field.wire }},
{%- endfor %}
}

impl From<{{ type_name }}Params> for Content {
    fn from(params: {{ type_name }}Params) -> Self {
        Self {
{%- for field in fields %}
            {{ field.name }}: {{ field.take }},
{%- endfor %}
        }
    }
}
{% for field in fields %}{% if field.rule_with %}
fn check_{{ field.name }}(value: &{{ field.ruled }}) -> Result<(), ValidationError> {
    rules::{{ field.rule }}(value, {{ field.rule_with }})
}
{% endif %}{% endfor %}
/// Stores a new {{ thing }}.
#[utoipa::path(
    post, path = "/api/v1/{{ plural }}", operation_id = "create_{{ singular }}", tag = "{{ plural }}", security(("bearer" = [])), request_body = {{ type_name }}Params,
    responses((status = 201, description = "Stored.", body = {{ type_name }}View)),
)]
async fn create(
    current: Current,
    State(ctx): State<Shared>,
    Json(params): Json<{{ type_name }}Params>,
) -> AppResult<Response> {
    let {{ singular }} = Model::create_for(&ctx.db, &current.user, params.into(), clock::now()).await?;
{%- if linked %}
    let {{ singular }} = {{ singular }}.linked(&ctx.db).await?;
{%- endif %}
    Ok((StatusCode::CREATED, views::json(&{{ type_name }}View::from({{ singular }}))?).into_response())
}

/// Lists {{ things }}, newest first.
#[utoipa::path(
    get, path = "/api/v1/{{ plural }}", operation_id = "list_{{ plural }}", tag = "{{ plural }}", security(("bearer" = [])), params(Pages),
    responses((status = 200, description = "One page.", body = Page<{{ last.type }}>)),
)]
async fn list(current: Current, State(ctx): State<Shared>, pages: Pages) -> AppResult<Response> {
    let page = Model::list_for(&ctx.db, &current.user, pages.request()).await?;
    views::json(&page.map({{ last.type }}::from))
}

/// Shows one.
#[utoipa::path(
    get, path = "/api/v1/{{ plural }}/{id}", operation_id = "show_{{ singular }}", tag = "{{ plural }}", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 200, description = "The {{ thing }}.", body = {{ type_name }}View)),
)]
async fn show(current: Current, State(ctx): State<Shared>, Path(id): Path<Uuid>) -> AppResult<Response> {
    let {{ singular }} = Model::find_for(&ctx.db, &current.user, id).await?;
{%- if linked %}
    let {{ singular }} = {{ singular }}.linked(&ctx.db).await?;
{%- endif %}
    views::json(&{{ type_name }}View::from({{ singular }}))
}

/// Takes new content in place of the old.
#[utoipa::path(
    put, path = "/api/v1/{{ plural }}/{id}", operation_id = "rewrite_{{ singular }}", tag = "{{ plural }}", security(("bearer" = [])), params(("id" = Uuid, Path)), request_body = {{ type_name }}Params,
    responses((status = 200, description = "The {{ thing }} as it is now.", body = {{ type_name }}View)),
)]
async fn rewrite(
    current: Current,
    State(ctx): State<Shared>,
    Path(id): Path<Uuid>,
    Json(params): Json<{{ type_name }}Params>,
) -> AppResult<Response> {
    let {{ singular }} = Model::find_for(&ctx.db, &current.user, id).await?;
    let {{ singular }} = {{ singular }}.rewrite(&ctx.db, {% if linked %}&current.user, {% endif %}params.into(), clock::now()).await?;
{%- if linked %}
    let {{ singular }} = {{ singular }}.linked(&ctx.db).await?;
{%- endif %}
    views::json(&{{ type_name }}View::from({{ singular }}))
}

/// Removes one.
#[utoipa::path(
    delete, path = "/api/v1/{{ plural }}/{id}", operation_id = "remove_{{ singular }}", tag = "{{ plural }}", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "Removed.")),
)]
async fn remove(current: Current, State(ctx): State<Shared>, Path(id): Path<Uuid>) -> AppResult<StatusCode> {
    let {{ singular }} = Model::find_for(&ctx.db, &current.user, id).await?;
    {{ singular }}.remove(&ctx.db).await?;
    Ok(StatusCode::NO_CONTENT)
}
