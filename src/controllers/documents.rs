//! Markdown documents, each its owner's alone.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::{
    Shared,
    api_routes::{ApiRoutes, body_limit},
    extractors::{Current, Json, Pages, Path, ensure},
};
use crate::{
    clock,
    errors::AppResult,
    models::{
        documents::{MAX_BODY_BYTES, MAX_TITLE_CHARACTERS, Model, Summary, Text},
        pagination::Page,
    },
    views::{
        self,
        documents::{DocumentSummary, DocumentView},
    },
};

/// Bytes of a request: JSON may write a byte of text as six, as in `\u0009`.
const REQUEST_BYTES: usize = MAX_BODY_BYTES * 6 + 16 * 1024;

/// Bytes of a browser's form: it may write a byte of text as three, as in `%C3`.
pub const FORM_BYTES: usize = MAX_BODY_BYTES * 3 + 16 * 1024;

/// The routes with their description and limits.
#[must_use]
pub fn api() -> ApiRoutes {
    ApiRoutes::default()
        .limited("writes", body_limit(REQUEST_BYTES, routes!(create)))
        .with(routes!(list))
        .with(routes!(show))
        .limited("writes", body_limit(REQUEST_BYTES, routes!(rewrite, remove)))
}

/// A document's text.
#[derive(Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentParams {
    /// 1 to 200 characters.
    #[validate(custom(function = title))]
    #[schema(example = "Field notes", min_length = 1, max_length = 200)]
    title: String,
    /// Markdown, at most 1 MiB. Pictures are the owner's uploads: `![alt](upload:ID)`.
    #[validate(custom(function = body))]
    #[schema(example = "# Field notes\n\nIt rained.", max_length = 1_048_576)]
    body: String,
}

impl DocumentParams {
    /// The Markdown.
    #[must_use]
    pub fn into_body(self) -> String {
        self.body
    }
}

impl From<DocumentParams> for Text {
    fn from(params: DocumentParams) -> Self {
        Self { title: params.title.trim().to_owned(), body: params.body }
    }
}

fn title(value: &str) -> Result<(), ValidationError> {
    let count = value.trim().chars().count();
    ensure((1..=MAX_TITLE_CHARACTERS).contains(&count), "length", "must have 1 to 200 characters")?;
    ensure(!value.chars().any(char::is_control), "characters", "must not contain control characters")
}

fn body(value: &str) -> Result<(), ValidationError> {
    ensure(value.len() <= MAX_BODY_BYTES, "max_length", "must be at most 1048576 bytes")?;
    // PostgreSQL stores no NUL, and no text needs one.
    ensure(!value.contains('\0'), "characters", "must not contain NUL characters")
}

/// Stores a new document.
#[utoipa::path(
    post, path = "/api/v1/documents", operation_id = "create_document", tag = "documents", security(("bearer" = [])), request_body = DocumentParams,
    responses((status = 201, description = "Stored.", body = DocumentView)),
)]
async fn create(
    current: Current,
    State(ctx): State<Shared>,
    Json(params): Json<DocumentParams>,
) -> AppResult<Response> {
    let document = Model::create_for(&ctx.db, &current.user, params.into(), ctx.storage_quota()?, clock::now()).await?;
    Ok((StatusCode::CREATED, views::json(&DocumentView::from(document))?).into_response())
}

/// Lists documents, newest first, without their text.
#[utoipa::path(
    get, path = "/api/v1/documents", operation_id = "list_documents", tag = "documents", security(("bearer" = [])), params(Pages),
    responses((status = 200, description = "One page.", body = Page<DocumentSummary>)),
)]
async fn list(current: Current, State(ctx): State<Shared>, pages: Pages) -> AppResult<Response> {
    let page = Model::list_for(&ctx.db, &current.user, pages.request()).await?;
    views::json(&page.map(DocumentSummary::from))
}

/// Shows a document.
#[utoipa::path(
    get, path = "/api/v1/documents/{id}", operation_id = "show_document", tag = "documents", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 200, description = "The document.", body = DocumentView)),
)]
async fn show(current: Current, State(ctx): State<Shared>, Path(id): Path<Uuid>) -> AppResult<Response> {
    let document = Model::find_for(&ctx.db, &current.user, id).await?;
    views::json(&DocumentView::from(document))
}

/// Takes a new text in place of the old one.
#[utoipa::path(
    put, path = "/api/v1/documents/{id}", operation_id = "rewrite_document", tag = "documents", security(("bearer" = [])), params(("id" = Uuid, Path)), request_body = DocumentParams,
    responses((status = 200, description = "The document as it is now.", body = DocumentView)),
)]
async fn rewrite(
    current: Current,
    State(ctx): State<Shared>,
    Path(id): Path<Uuid>,
    Json(params): Json<DocumentParams>,
) -> AppResult<Response> {
    let document = Summary::find_for(&ctx.db, &current.user, id).await?;
    let document = document.rewrite(&ctx.db, params.into(), ctx.storage_quota()?, clock::now()).await?;
    views::json(&DocumentView::from(document))
}

/// Removes a document with all its PDFs.
#[utoipa::path(
    delete, path = "/api/v1/documents/{id}", operation_id = "remove_document", tag = "documents", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "Removed.")),
)]
async fn remove(current: Current, State(ctx): State<Shared>, Path(id): Path<Uuid>) -> AppResult<StatusCode> {
    let document = Summary::find_for(&ctx.db, &current.user, id).await?;
    document.remove(&ctx.db, &ctx.storage, clock::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
