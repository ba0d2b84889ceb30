//! Markdown documents of the current user.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::{
    clock,
    controllers::{
        extractors::{CurrentUser, Json, Pages, Path},
        params::documents::{DocumentParams, REQUEST_BYTES},
        routing::api::{ApiRoutes, body_limit},
        state::AppState,
    },
    errors::AppResult,
    models::{
        documents::{Model, Summary},
        pagination::Page,
    },
    views::{
        self,
        documents::{DocumentSummary, DocumentView},
    },
};

/// Returns the routes with their OpenAPI description and rate limits.
#[must_use]
pub fn routes() -> ApiRoutes {
    ApiRoutes::default()
        .limited("writes", body_limit(REQUEST_BYTES, routes!(create)))
        .with(routes!(list))
        .with(routes!(show))
        .limited("writes", body_limit(REQUEST_BYTES, routes!(update, remove)))
}

/// Stores a new document.
#[utoipa::path(
    post, path = "/api/v1/documents", operation_id = "create_document", tag = "documents",
    security(("bearer" = [])), request_body = DocumentParams,
    responses((status = 201, description = "The document was stored.", body = DocumentView)),
)]
async fn create(
    current: CurrentUser,
    State(state): State<AppState>,
    Json(params): Json<DocumentParams>,
) -> AppResult<Response> {
    let document =
        Model::create_for(&state.db, &current.user, params.into(), state.storage_quota(), clock::now()).await?;
    Ok((StatusCode::CREATED, views::json(&DocumentView::from(document))?).into_response())
}

/// Lists documents, newest first, without their text.
#[utoipa::path(
    get, path = "/api/v1/documents", operation_id = "list_documents", tag = "documents",
    security(("bearer" = [])), params(Pages),
    responses((status = 200, description = "One page.", body = Page<DocumentSummary>)),
)]
async fn list(current: CurrentUser, State(state): State<AppState>, pages: Pages) -> AppResult<Response> {
    let page = Model::list_for(&state.db, &current.user, pages.request()).await?;
    views::json(&page.map(DocumentSummary::from))
}

/// Shows a document.
#[utoipa::path(
    get, path = "/api/v1/documents/{id}", operation_id = "show_document", tag = "documents",
    security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 200, description = "The document.", body = DocumentView)),
)]
async fn show(current: CurrentUser, State(state): State<AppState>, Path(id): Path<Uuid>) -> AppResult<Response> {
    let document = Model::find_for(&state.db, &current.user, id).await?;
    views::json(&DocumentView::from(document))
}

/// Replaces the title and the text of a document.
#[utoipa::path(
    put, path = "/api/v1/documents/{id}", operation_id = "update_document", tag = "documents",
    security(("bearer" = [])), params(("id" = Uuid, Path)), request_body = DocumentParams,
    responses((status = 200, description = "The updated document.", body = DocumentView)),
)]
async fn update(
    current: CurrentUser,
    State(state): State<AppState>,
    Path(id): Path<Uuid>,
    Json(params): Json<DocumentParams>,
) -> AppResult<Response> {
    let document = Summary::find_for(&state.db, &current.user, id).await?;
    let document = document.update(&state.db, params.into(), state.storage_quota(), clock::now()).await?;
    views::json(&DocumentView::from(document))
}

/// Deletes a document with all its PDFs.
#[utoipa::path(
    delete, path = "/api/v1/documents/{id}", operation_id = "remove_document", tag = "documents",
    security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "The document was deleted.")),
)]
async fn remove(current: CurrentUser, State(state): State<AppState>, Path(id): Path<Uuid>) -> AppResult<StatusCode> {
    let document = Summary::find_for(&state.db, &current.user, id).await?;
    document.remove(&state.db, state.storage(), clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
