//! One document: its text, what it will look like, and its PDF beside it.

use axum::{
    extract::State,
    http::Uri,
    response::Response,
    routing::{get, post},
};
use chrono::DateTime;
use uuid::Uuid;

use super::{
    answers::see,
    notices,
    page_routes::{PageRoutes, body_limit},
    queried,
    visitor::Member,
};
use crate::views::renderer::Renderer;
use crate::{
    clock,
    controllers::{
        Shared,
        documents::{DocumentParams, FORM_BYTES},
        extractors::{Form, Path, part},
    },
    errors::{AppError, AppResult, Code},
    models::{
        documents::{Model, Summary},
        typesettings,
    },
    views::{
        self,
        documents::DocumentSummary,
        pages::editor::{Editor, Pane, Preview, Print, Text},
    },
};

pub const TEMPLATE: &str = "documents/editor.html";

/// The routes.
pub fn routes() -> PageRoutes {
    PageRoutes::default()
        .with("/documents/{id}", get(show))
        .limited("writes", "/documents/{id}", body_limit(FORM_BYTES, post(save)))
        .with("/documents/{id}/preview", get(back))
        .with("/documents/{id}/preview", body_limit(FORM_BYTES, post(preview)))
}

async fn show(member: Member, State(ctx): State<Shared>, Path(id): Path<Uuid>, uri: Uri) -> AppResult<Response> {
    let document = Summary::find_for(&ctx.db, &member.current.user, id).await?;
    let print = print(&ctx, &document).await?;
    let pane = Pane::named(&queried(&uri, "pane")).unwrap_or(if print.begun() { Pane::Pdf } else { Pane::Preview });
    // The text comes last: requests that wait for the database do not hold it in memory.
    let document = Model::find_for(&ctx.db, &member.current.user, id).await?;
    let html = renderer(&ctx)?.html_of(&document).await?;
    page(member, &ctx, Editor::of(document, print, pane, html)).await
}

async fn page(member: Member, ctx: &Shared, editor: Editor) -> AppResult<Response> {
    renderer(ctx)?.page(editor.bytes(), move || member.visitor.page(TEMPLATE, &editor)).await
}

/// Whoever asks for the address of one of the editor's buttons finds the editor.
pub async fn back(Path(id): Path<Uuid>) -> Response {
    see(&format!("/documents/{id}"))
}

/// Takes what was written in place of what it was written from.
async fn save(member: Member, State(ctx): State<Shared>, Path(id): Path<Uuid>, form: Form) -> AppResult<Response> {
    let document = Summary::find_for(&ctx.db, &member.current.user, id).await?;
    match store(&ctx, document.clone(), &form).await {
        Ok(saved) if member.visitor.wants_page => {
            Ok(see(&notices::at(&format!("/documents/{}?pane={}", saved.pid, kept_pane(&form)), "saved")))
        }
        Ok(saved) => views::json(&DocumentSummary::from(saved)),
        Err(failure) => again(member, &ctx, document, form, failure).await,
    }
}

/// Shows what the text will look like without storing it.
async fn preview(member: Member, State(ctx): State<Shared>, Path(id): Path<Uuid>, form: Form) -> AppResult<Response> {
    let document = Summary::find_for(&ctx.db, &member.current.user, id).await?;
    let params = match form.read::<DocumentParams>(&["title", "body"]) {
        Ok(params) => params,
        Err(failure) => return again(member, &ctx, document, form, failure).await,
    };
    let html = renderer(&ctx)?.html(params.into_body()).await?;
    if !member.visitor.wants_page {
        return renderer(&ctx)?.page(html.len(), move || views::json(&Preview { html })).await;
    }
    let print = print(&ctx, &document).await?;
    page(member, &ctx, Editor::holding(document, print, html, form_text(&form))).await
}

/// Stores what a form holds, unless the document was changed after the form was made.
///
/// # Errors
/// `validation_error`, `conflict`, `payload_too_large` over the quota.
pub async fn store(ctx: &Shared, document: Summary, form: &Form) -> AppResult<Summary> {
    let params = form.read::<DocumentParams>(&["title", "body"])?;
    let (quota, now) = (ctx.storage_quota()?, clock::now());
    let version = form.text("version");
    if version.is_empty() {
        return Ok(document.rewrite(&ctx.db, params.into(), quota, now).await?.into());
    }
    let since = DateTime::parse_from_rfc3339(version)
        .map_err(|_| AppError::bad_request("`version` must be an RFC 3339 timestamp."))?;
    let saved = document.rewrite_unless_changed(&ctx.db, params.into(), since.to_utc(), quota, now).await?;
    saved.ok_or_else(|| AppError::new(Code::Conflict))
}

/// The editor with what was written in it, and what is wrong with that.
///
/// # Errors
/// As `Visitor::form_again`.
pub async fn again(
    member: Member,
    ctx: &Shared,
    document: Summary,
    form: Form,
    failure: AppError,
) -> AppResult<Response> {
    if !member.visitor.shows_form_after(&failure) {
        return Err(failure);
    }
    let (renderer, text) = (renderer(ctx)?, form_text(&form));
    let html = renderer.html(text.body.clone()).await.unwrap_or_else(|_| "".into());
    let print = print(ctx, &document).await?;
    // With the version of now: whoever has been told may replace it.
    let editor = Editor::holding(document, print, html, text);
    renderer.page(editor.bytes(), move || member.visitor.form_again(TEMPLATE, &editor, &form, failure)).await
}

/// How the document's newest order stands.
///
/// # Errors
/// `service_unavailable` where the database is gone.
pub async fn print(ctx: &Shared, document: &Summary) -> AppResult<Print> {
    let newest = typesettings::Model::newest(&ctx.db, document.id).await?;
    let done = match &newest {
        Some(order) if order.status == typesettings::DONE => newest.clone(),
        _ => typesettings::Model::newest_done(&ctx.db, document.id).await.map(Some).or_else(unless_missing)?,
    };
    Ok(Print::of(document.updated_at.into(), newest, done))
}

fn unless_missing<T>(failure: AppError) -> AppResult<Option<T>> {
    if failure.code == Code::NotFound { Ok(None) } else { Err(failure) }
}

fn renderer(ctx: &Shared) -> AppResult<Renderer> {
    part(ctx)
}

fn form_text(form: &Form) -> Text {
    Text { title: form.text("title").to_owned(), body: form.text("body").to_owned() }
}

fn kept_pane(form: &Form) -> &'static str {
    Pane::named(form.text("pane")).unwrap_or(Pane::Preview).name()
}
