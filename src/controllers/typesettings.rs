//! Documents on their way to PDF, and the PDFs.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use loco_rs::bgworker::BackgroundWorker;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{
    Shared,
    api_routes::ApiRoutes,
    extractors::{Current, Path},
    uploads::send,
};
use crate::{
    clock,
    errors::{AppError, AppResult},
    models::{documents, typesettings::Model},
    telemetry::request_id,
    views::{self, file_response::FileView, typesettings::TypesettingView},
    workers::typeset_document::{Args, TypesetDocument},
};

/// The routes with their description and limits.
#[must_use]
pub fn api() -> ApiRoutes {
    ApiRoutes::default().limited("typeset", routes!(create)).with(routes!(show)).with(routes!(pdf))
}

/// Orders a PDF of a document.
///
/// The order survives a restart; ask for it until it is `done` or `failed`.
#[utoipa::path(
    post, path = "/api/v1/documents/{id}/typesettings", operation_id = "create_typesetting", tag = "typesettings", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 202, description = "Ordered.", body = TypesettingView)),
)]
async fn create(current: Current, State(ctx): State<Shared>, Path(id): Path<Uuid>) -> AppResult<Response> {
    let document = documents::Summary::find_for(&ctx.db, &current.user, id).await?;
    let order = order(&ctx, document.id).await?;
    Ok((StatusCode::ACCEPTED, views::json(&TypesettingView::from(order))?).into_response())
}

/// Orders a PDF and wakes a worker.
///
/// # Errors
/// `service_unavailable` when too many orders wait already.
pub async fn order(ctx: &Shared, document_id: i64) -> AppResult<Model> {
    let request_id = request_id::current().ok_or_else(|| AppError::internal("the request has no id"))?;
    let order = Model::order(&ctx.db, document_id, request_id.uuid(), clock::now()).await?;
    // The order is kept whatever becomes of the queue: where this fails, it is offered again later.
    if let Err(error) = TypesetDocument::perform_later(ctx, Args { typesetting: order.pid }).await {
        tracing::error!(%error, "a job could not be queued");
    }
    Ok(order)
}

/// Shows how an order stands.
#[utoipa::path(
    get, path = "/api/v1/documents/{id}/typesettings/{tid}", operation_id = "show_typesetting", tag = "typesettings", security(("bearer" = [])), params(("id" = Uuid, Path), ("tid" = Uuid, Path)),
    responses((status = 200, description = "How it stands.", body = TypesettingView)),
)]
async fn show(current: Current, State(ctx): State<Shared>, Path((id, tid)): Path<(Uuid, Uuid)>) -> AppResult<Response> {
    let document = documents::Summary::find_for(&ctx.db, &current.user, id).await?;
    let order = Model::find_for(&ctx.db, document.id, tid).await?;
    views::json(&TypesettingView::from(order))
}

/// Gives the newest finished PDF, whole or a range of it.
#[utoipa::path(
    get, path = "/api/v1/documents/{id}/pdf", operation_id = "document_pdf", tag = "typesettings", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The PDF, with `ETag`.", content_type = "application/pdf"),
        (status = 206, description = "The range asked for."),
        (status = 304, description = "Unchanged since `If-None-Match`."),
    ),
)]
async fn pdf(
    current: Current,
    State(ctx): State<Shared>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> AppResult<Response> {
    let document = documents::Summary::find_for(&ctx.db, &current.user, id).await?;
    send_newest(&ctx, &document, &headers).await
}

/// Sends the newest finished PDF of a document, or the part of it that is asked for.
///
/// # Errors
/// `not_found` until there is one.
pub async fn send_newest(ctx: &Shared, document: &documents::Summary, headers: &HeaderMap) -> AppResult<Response> {
    let pdf = Model::newest_done(&ctx.db, document.id).await?.pdf()?;
    let name = format!("{}.pdf", document.title);
    let file = FileView { name: &name, media_type: "application/pdf", size: pdf.size, sha256: &pdf.sha256 };
    send(ctx, &file, &pdf.key, headers).await
}
