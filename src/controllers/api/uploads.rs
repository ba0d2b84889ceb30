//! Files of the current user.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::{
    clock,
    controllers::{
        extractors::{
            CurrentUser, Pages, Path,
            multipart::{Upload, UploadForm},
        },
        routing::api::ApiRoutes,
        state::AppState,
    },
    errors::AppResult,
    models::{pagination::Page, uploads::Model},
    views::{
        self,
        file_response::{self, FileBytes},
        uploads::UploadView,
    },
};

/// Returns the routes with their OpenAPI description and rate limits.
#[must_use]
pub fn routes() -> ApiRoutes {
    ApiRoutes::default()
        .limited("upload", routes!(create))
        .with(routes!(list))
        .with(routes!(show, remove))
        .with(routes!(content))
}

/// Stores a file.
///
/// The media type is detected from the content. The response is sent after the file is durably stored.
#[utoipa::path(
    post, path = "/api/v1/uploads", operation_id = "create_upload", tag = "uploads", security(("bearer" = [])),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "The file was stored.", body = UploadView)),
)]
async fn create(current: CurrentUser, State(state): State<AppState>, upload: Upload) -> AppResult<Response> {
    let file = upload.into_new_upload(&state.settings.storage, state.request_timeout()).await?;
    let upload = Model::create_for(&state.db, state.storage(), &current.user, file, clock::now).await?;
    Ok((StatusCode::CREATED, views::json(&UploadView::from(upload))?).into_response())
}

/// Lists files, newest first.
#[utoipa::path(
    get, path = "/api/v1/uploads", operation_id = "list_uploads", tag = "uploads",
    security(("bearer" = [])), params(Pages),
    responses((status = 200, description = "One page.", body = Page<UploadView>)),
)]
async fn list(current: CurrentUser, State(state): State<AppState>, pages: Pages) -> AppResult<Response> {
    let page = Model::list_for(&state.db, &current.user, pages.request()).await?;
    views::json(&page.map(UploadView::from))
}

/// Shows a file without its content.
#[utoipa::path(
    get, path = "/api/v1/uploads/{id}", operation_id = "show_upload", tag = "uploads",
    security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 200, description = "The file.", body = UploadView)),
)]
async fn show(current: CurrentUser, State(state): State<AppState>, Path(id): Path<Uuid>) -> AppResult<Response> {
    let upload = Model::find_for(&state.db, &current.user, id).await?;
    views::json(&UploadView::from(upload))
}

/// Returns the content of a file, or the requested range of the content.
#[utoipa::path(
    get, path = "/api/v1/uploads/{id}/content", operation_id = "upload_content", tag = "uploads",
    security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses(
        (
            status = 200, description = "The bytes with the media type of the file, with `ETag`.",
            content((inline(FileBytes) = "application/octet-stream"), (inline(FileBytes) = "*/*")),
        ),
        (
            status = 206, description = "The requested range.",
            content((inline(FileBytes) = "application/octet-stream"), (inline(FileBytes) = "*/*")),
        ),
        (status = 304, description = "Unchanged since `If-None-Match`."),
    ),
)]
async fn content(
    current: CurrentUser,
    State(state): State<AppState>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> AppResult<Response> {
    let upload = Model::find_for(&state.db, &current.user, id).await?;
    file_response::of_upload(&state.files, &upload, &headers).await
}

/// Deletes a file.
#[utoipa::path(
    delete, path = "/api/v1/uploads/{id}", operation_id = "remove_upload", tag = "uploads",
    security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "The file was deleted.")),
)]
async fn remove(current: CurrentUser, State(state): State<AppState>, Path(id): Path<Uuid>) -> AppResult<StatusCode> {
    Model::find_for(&state.db, &current.user, id).await?.remove(&state.db, state.storage(), clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
