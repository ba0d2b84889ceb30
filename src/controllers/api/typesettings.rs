//! Typesettings of documents, and their PDFs.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::{
    controllers::{
        extractors::{ClientInfo, CurrentUser, Path, PreferredWait},
        routing::api::ApiRoutes,
        state::AppState,
    },
    errors::AppResult,
    models::{documents::Summary, typesettings::Model},
    views::{
        self,
        file_response::{self, FileBytes},
        typesettings::TypesettingView,
    },
    workers::typeset_document,
};

/// Returns the routes with their OpenAPI description and rate limits.
#[must_use]
pub fn routes() -> ApiRoutes {
    ApiRoutes::default().limited("typeset", routes!(create)).with(routes!(show)).with(routes!(pdf))
}

/// Requests the PDF of a document.
///
/// The typesetting survives a restart. Request the typesetting with `Prefer: wait=20` until its status is `done` or
/// `failed`.
#[utoipa::path(
    post, path = "/api/v1/documents/{id}/typesettings", operation_id = "create_typesetting", tag = "typesettings",
    security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 202, description = "The typesetting is queued.", body = TypesettingView)),
)]
async fn create(
    current: CurrentUser,
    State(state): State<AppState>,
    client: ClientInfo,
    Path(id): Path<Uuid>,
) -> AppResult<Response> {
    let document = Summary::find_for(&state.db, &current.user, id).await?;
    let request = client.request()?;
    let typesetting = Model::create(&state.db, document.id, request.request_id, request.now).await?;
    typeset_document::enqueue(&state.ctx, typesetting.pid).await;
    Ok((StatusCode::ACCEPTED, views::json(&TypesettingView::from(typesetting))?).into_response())
}

/// Shows a typesetting.
///
/// With `Prefer: wait=N`, the response is sent when the status is `done` or `failed`, at the latest after N seconds.
#[utoipa::path(
    get, path = "/api/v1/documents/{id}/typesettings/{tid}", operation_id = "show_typesetting", tag = "typesettings",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path),
        ("tid" = Uuid, Path),
        ("Prefer" = Option<String>, Header, description = "`wait=N` with N of at most 20 (RFC 7240).", example = "wait=20"),
    ),
    responses(
        (
            status = 200, description = "The typesetting.", body = TypesettingView,
            headers(("Preference-Applied" = String, description = "The applied wait, such as `wait=20`.")),
        ),
    ),
)]
async fn show(
    current: CurrentUser,
    State(state): State<AppState>,
    Path((id, tid)): Path<(Uuid, Uuid)>,
    preferred: PreferredWait,
) -> AppResult<Response> {
    let document = Summary::find_for(&state.db, &current.user, id).await?;
    let typesetting = Model::find_ended(&state.db, document.id, tid, preferred.wait).await?;
    Ok((preferred.applied, views::json(&TypesettingView::from(typesetting))?).into_response())
}

/// Returns the newest finished PDF, or the requested range of the PDF.
#[utoipa::path(
    get, path = "/api/v1/documents/{id}/pdf", operation_id = "document_pdf", tag = "typesettings",
    security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses(
        (
            status = 200, description = "The PDF, with `ETag`.",
            content((inline(FileBytes) = "application/pdf"), (inline(FileBytes) = "application/octet-stream")),
        ),
        (
            status = 206, description = "The requested range.",
            content((inline(FileBytes) = "application/pdf"), (inline(FileBytes) = "application/octet-stream")),
        ),
        (status = 304, description = "Unchanged since `If-None-Match`."),
    ),
)]
async fn pdf(
    current: CurrentUser,
    State(state): State<AppState>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> AppResult<Response> {
    let document = Summary::find_for(&state.db, &current.user, id).await?;
    let pdf = Model::newest_pdf(&state.db, document.id).await?;
    file_response::of_pdf(&state.files, &document.title, &pdf, &headers).await
}
