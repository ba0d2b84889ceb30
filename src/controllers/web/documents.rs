//! List of the user's documents.

use axum::{
    extract::State,
    http::Uri,
    response::Response,
    routing::{get, post},
};
use serde::Serialize;
use uuid::Uuid;

use super::{flash, query_param, responses::redirect_to, visitor::Member};
use crate::{
    clock,
    controllers::{
        extractors::{Form, Pages, Path},
        params::documents::{DocumentParams, FORM_BYTES},
        routing::web::{WebRoutes, body_limit},
        state::AppState,
    },
    errors::AppResult,
    models::{
        documents::{Model, Summary},
        pagination::Page,
    },
    views::{documents::DocumentSummary, pages::Pager},
};

/// Returns the routes.
pub fn routes() -> WebRoutes {
    WebRoutes::default()
        .with("/documents", get(list))
        .limited("writes", "/documents", body_limit(FORM_BYTES, post(create)))
        .with("/documents/{id}/removal", post(remove))
}

/// One page of the document list.
#[derive(Serialize)]
struct DocumentsPage<'a> {
    /// Search terms.
    q: &'a str,
    list: Page<DocumentSummary>,
    pager: Pager,
}

async fn list(member: Member, State(state): State<AppState>, pages: Pages, uri: Uri) -> AppResult<Response> {
    let q = query_param(&uri, "q");
    let q = q.trim();
    let list = Model::search_for(&state.db, &member.current.user, q, pages.request()).await?;
    let list = list.map(DocumentSummary::from);
    let links = Pager::of(&list, "/documents", &[("q", q)]);
    member.visitor.page("documents/index.html", &DocumentsPage { q, list, pager: links })
}

/// Creates a document and redirects to its editor.
async fn create(member: Member, State(state): State<AppState>, form: Form) -> AppResult<Response> {
    let params = form.read::<DocumentParams>(&["title", "body"])?;
    let document =
        Model::create_for(&state.db, &member.current.user, params.into(), state.storage_quota(), clock::now()).await?;
    Ok(redirect_to(&format!("/documents/{}", document.pid)))
}

/// Deletes a document with its PDFs.
async fn remove(member: Member, State(state): State<AppState>, Path(id): Path<Uuid>) -> AppResult<Response> {
    let document = Summary::find_for(&state.db, &member.current.user, id).await?;
    document.remove(&state.db, state.storage(), clock::now()).await?;
    Ok(redirect_to(&flash::with_flash("/documents", "document-removed")))
}
