//! A person's documents: found, begun, removed.

use axum::{
    extract::State,
    http::Uri,
    response::Response,
    routing::{get, post},
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    answers::see,
    notices,
    page_routes::{PageRoutes, body_limit},
    queried,
    visitor::Member,
};
use crate::{
    clock,
    controllers::{
        Shared,
        documents::{DocumentParams, FORM_BYTES},
        extractors::{Form, Pages, Path},
    },
    errors::AppResult,
    models::{
        documents::{Model, Summary},
        pagination::Page,
    },
    views::{documents::DocumentSummary, pages::Pager},
};

/// The routes.
pub fn routes() -> PageRoutes {
    PageRoutes::default()
        .with("/documents", get(list))
        .limited("writes", "/documents", body_limit(FORM_BYTES, post(create)))
        .with("/documents/{id}/removal", post(remove))
}

/// A page of the list.
#[derive(Serialize)]
struct Found<'a> {
    /// The words that were looked for.
    q: &'a str,
    list: Page<DocumentSummary>,
    /// The pages beside this one.
    beside: Pager,
}

async fn list(member: Member, State(ctx): State<Shared>, pages: Pages, uri: Uri) -> AppResult<Response> {
    let q = queried(&uri, "q");
    let q = q.trim();
    let list = Model::search_for(&ctx.db, &member.current.user, q, pages.request()).await?;
    let list = list.map(DocumentSummary::from);
    let beside = Pager::of(&list, "/documents", &[("q", q)]);
    member.visitor.page("documents/index.html", &Found { q, list, beside })
}

/// Stores a new document and opens it.
async fn create(member: Member, State(ctx): State<Shared>, form: Form) -> AppResult<Response> {
    let params = form.read::<DocumentParams>(&["title", "body"])?;
    let document =
        Model::create_for(&ctx.db, &member.current.user, params.into(), ctx.storage_quota()?, clock::now()).await?;
    Ok(see(&format!("/documents/{}", document.pid)))
}

/// Removes a document with all its PDFs.
async fn remove(member: Member, State(ctx): State<Shared>, Path(id): Path<Uuid>) -> AppResult<Response> {
    let document = Summary::find_for(&ctx.db, &member.current.user, id).await?;
    document.remove(&ctx.db, &ctx.storage, clock::now()).await?;
    Ok(see(&notices::at("/documents", "document-removed")))
}
