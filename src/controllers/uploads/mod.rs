//! Files, each its owner's alone.

pub mod multipart;

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use utoipa_axum::routes;
use uuid::Uuid;

use self::multipart::{Upload, UploadForm};
use super::{
    Shared,
    api_routes::ApiRoutes,
    extractors::{self, Current, Pages, Path},
};
use crate::{
    clock,
    errors::{AppError, AppResult},
    models::{
        file_reader::FileReader,
        pagination::Page,
        uploads::{Incoming, Model},
    },
    settings::Settings,
    views::{
        self,
        file_response::{FileView, Part},
        uploads::UploadView,
    },
};

/// The routes with their description and limits.
#[must_use]
pub fn api() -> ApiRoutes {
    ApiRoutes::default()
        .limited("upload", routes!(create))
        .with(routes!(list))
        .with(routes!(show, remove))
        .with(routes!(content))
}

/// Takes a file in.
///
/// Its media type is found from its bytes. It is answered for once it lies safely on disk.
#[utoipa::path(
    post, path = "/api/v1/uploads", operation_id = "create_upload", tag = "uploads", security(("bearer" = [])),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "Taken in.", body = UploadView)),
)]
async fn create(current: Current, State(ctx): State<Shared>, upload: Upload) -> AppResult<Response> {
    let upload = take_in(&ctx, &current, upload).await?;
    Ok((StatusCode::CREATED, views::json(&UploadView::from(upload))?).into_response())
}

/// Takes the file of a form in, for who is signed in.
///
/// # Errors
/// As [`Upload::file`] and [`Model::receive`].
pub async fn take_in(ctx: &Shared, current: &Current, upload: Upload) -> AppResult<Model> {
    let storage = extractors::part::<Arc<Settings>>(ctx)?.storage.clone();
    let (limit, quota) = (storage.upload_max_bytes, storage.upload_quota_bytes);
    let (file_name, bytes) = upload.file(limit, storage.upload_buffer_bytes()).await?;
    let file = Incoming { file_name, bytes, limit, quota, time_limit: request_timeout(ctx) };
    Model::receive(&ctx.db, &ctx.storage, &current.user, file, clock::now).await
}

fn request_timeout(ctx: &Shared) -> Duration {
    let layer = ctx.config.server.middlewares.timeout_request.as_ref();
    Duration::from_millis(layer.map_or(0, |layer| layer.timeout))
}

/// Lists files, newest first.
#[utoipa::path(
    get, path = "/api/v1/uploads", operation_id = "list_uploads", tag = "uploads", security(("bearer" = [])), params(Pages),
    responses((status = 200, description = "One page.", body = Page<UploadView>)),
)]
async fn list(current: Current, State(ctx): State<Shared>, pages: Pages) -> AppResult<Response> {
    let page = Model::list_for(&ctx.db, &current.user, pages.request()).await?;
    views::json(&page.map(UploadView::from))
}

/// Shows what is known of a file.
#[utoipa::path(
    get, path = "/api/v1/uploads/{id}", operation_id = "show_upload", tag = "uploads", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 200, description = "The file's facts.", body = UploadView)),
)]
async fn show(current: Current, State(ctx): State<Shared>, Path(id): Path<Uuid>) -> AppResult<Response> {
    let upload = Model::find_for(&ctx.db, &current.user, id).await?;
    views::json(&UploadView::from(upload))
}

/// Gives a file's bytes, whole or a range of them.
#[utoipa::path(
    get, path = "/api/v1/uploads/{id}/content", operation_id = "upload_content", tag = "uploads", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The bytes, with `ETag`.", content_type = "*/*"),
        (status = 206, description = "The range asked for."),
        (status = 304, description = "Unchanged since `If-None-Match`."),
    ),
)]
async fn content(
    current: Current,
    State(ctx): State<Shared>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> AppResult<Response> {
    let upload = Model::find_for(&ctx.db, &current.user, id).await?;
    send_content(&ctx, &upload, &headers).await
}

/// Sends an upload's bytes, or the part of them that is asked for.
///
/// # Errors
/// As [`send`].
pub async fn send_content(ctx: &Shared, upload: &Model, headers: &HeaderMap) -> AppResult<Response> {
    let size = u64::try_from(upload.size).map_err(AppError::internal)?;
    let file = FileView { name: &upload.file_name, media_type: &upload.media_type, size, sha256: &upload.sha256 };
    send(ctx, &file, &upload.storage_key, headers).await
}

/// Removes a file.
#[utoipa::path(
    delete, path = "/api/v1/uploads/{id}", operation_id = "remove_upload", tag = "uploads", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "Removed.")),
)]
async fn remove(current: Current, State(ctx): State<Shared>, Path(id): Path<Uuid>) -> AppResult<StatusCode> {
    Model::find_for(&ctx.db, &current.user, id).await?.remove(&ctx.db, &ctx.storage, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Streams a stored file, or the part of it that is asked for.
///
/// # Errors
/// `service_unavailable` where the store does not answer, `internal_error` where it lacks the file.
pub async fn send(ctx: &Shared, file: &FileView<'_>, key: &str, headers: &HeaderMap) -> AppResult<Response> {
    let part = file.part(headers);
    let bytes = match part {
        Part::Whole => Some(0..file.size),
        Part::Range(first, last) => Some(first..last + 1),
        Part::Outside | Part::Unchanged => None,
    };
    let bytes = match bytes {
        Some(range) => Some(extractors::part::<FileReader>(ctx)?.open(key, range).await?),
        None => None,
    };
    Ok(file.respond(part, bytes))
}
