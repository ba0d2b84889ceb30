//! Editor of a document: the text, its preview and its PDF.

use axum::{
    extract::State,
    http::Uri,
    response::Response,
    routing::{get, post},
};
use uuid::Uuid;

use super::{flash, query_param, responses::redirect_to, visitor::Member};
use crate::{
    clock,
    controllers::{
        extractors::{Form, Path},
        params::documents::{DocumentParams, FORM_BYTES},
        routing::web::{WebRoutes, body_limit},
        state::AppState,
    },
    errors::{AppError, AppResult},
    models::{
        documents::{Model, Summary},
        typesettings,
    },
    views::{
        self,
        documents::DocumentSummary,
        pages::editor::{Editor, EnteredText, Pane, PdfStatus, Preview},
    },
};

pub const TEMPLATE: &str = "documents/editor.html";

/// Returns the routes.
pub fn routes() -> WebRoutes {
    WebRoutes::default()
        .with("/documents/{id}", get(show))
        .limited("writes", "/documents/{id}", body_limit(FORM_BYTES, post(save)))
        .with("/documents/{id}/preview", get(redirect_to_form))
        .with("/documents/{id}/preview", body_limit(FORM_BYTES, post(preview)))
}

async fn show(member: Member, State(state): State<AppState>, Path(id): Path<Uuid>, uri: Uri) -> AppResult<Response> {
    let document = Summary::find_for(&state.db, &member.current.user, id).await?;
    let pdf_status = pdf_status(&state, &document).await?;
    let default_pane = if pdf_status.was_requested() { Pane::Pdf } else { Pane::Preview };
    let pane = Pane::from_name(&query_param(&uri, "pane")).unwrap_or(default_pane);
    // Reads the text last, so that requests that wait for the database hold no text in memory.
    let document = Model::find_for(&state.db, &member.current.user, id).await?;
    let html = state.renderer.html_of(&document).await?;
    page(member, &state, Editor::of(document, pdf_status, pane, html)).await
}

async fn page(member: Member, state: &AppState, editor: Editor) -> AppResult<Response> {
    state.renderer.page(editor.bytes(), move || member.visitor.page(TEMPLATE, &editor)).await
}

/// Redirects a GET request for the submit URL of a form to the editor. Browsers send such requests, because the address
/// bar contains the submit URL after a preview or a form error.
pub async fn redirect_to_form(Path(id): Path<Uuid>) -> Response {
    redirect_to(&format!("/documents/{id}"))
}

/// Stores the text.
async fn save(member: Member, State(state): State<AppState>, Path(id): Path<Uuid>, form: Form) -> AppResult<Response> {
    let document = Summary::find_for(&state.db, &member.current.user, id).await?;
    match store(&state, document.clone(), &form).await {
        Ok(saved) if member.visitor.wants_page => Ok(redirect_to(&flash::with_flash(
            &format!("/documents/{}?pane={}", saved.pid, selected_pane(&form)),
            "saved",
        ))),
        Ok(saved) => views::json(&DocumentSummary::from(saved)),
        Err(failure) => render_editor_error(member, &state, document, form, failure).await,
    }
}

/// Renders the preview of a text without storing the text.
async fn preview(
    member: Member,
    State(state): State<AppState>,
    Path(id): Path<Uuid>,
    form: Form,
) -> AppResult<Response> {
    let document = Summary::find_for(&state.db, &member.current.user, id).await?;
    let params = match form.read::<DocumentParams>(&["title", "body"]) {
        Ok(params) => params,
        Err(failure) => return render_editor_error(member, &state, document, form, failure).await,
    };
    let html = state.renderer.html(params.into_body()).await?;
    if !member.visitor.wants_page {
        return state.renderer.page(html.len(), move || views::json(&Preview { html })).await;
    }
    let pdf_status = pdf_status(&state, &document).await?;
    page(member, &state, Editor::with_text(document, pdf_status, html, form_text(&form))).await
}

/// Stores the text of a form. Rejects the text if the form contains a version and the document has changed since this
/// version.
///
/// # Errors
/// - `validation_error` if a field is invalid, and `bad_request` if the version is invalid.
/// - `conflict` if the document has changed.
/// - `payload_too_large` if the user would exceed the storage quota.
pub async fn store(state: &AppState, document: Summary, form: &Form) -> AppResult<Summary> {
    let params = form.read::<DocumentParams>(&["title", "body"])?;
    let version = form.version("version")?;
    document.update_from(&state.db, params.into(), version, state.storage_quota(), clock::now()).await
}

/// Renders the editor with the entered text and the errors of the form.
///
/// # Errors
/// Returns the errors of `Visitor::render_form_error`, and `service_unavailable` if the database fails.
pub async fn render_editor_error(
    member: Member,
    state: &AppState,
    document: Summary,
    form: Form,
    failure: AppError,
) -> AppResult<Response> {
    if !member.visitor.shows_form_after(&failure) {
        return Err(failure);
    }
    let text = form_text(&form);
    let html = state.renderer.html(text.body.clone()).await.unwrap_or_else(|_| "".into());
    let pdf_status = pdf_status(state, &document).await?;
    // The form gets the version of the stored document, because a user who has seen the conflict may overwrite the
    // document.
    let editor = Editor::with_text(document, pdf_status, html, text);
    state
        .renderer
        .page(editor.bytes(), move || member.visitor.render_form_error(TEMPLATE, &editor, &form, failure))
        .await
}

/// Returns the status of the document's PDF.
pub async fn pdf_status(state: &AppState, document: &Summary) -> AppResult<PdfStatus> {
    let (newest, done) = typesettings::Model::newest_and_done(&state.db, document.id).await?;
    Ok(PdfStatus::of(document.updated_at.into(), newest, done))
}

fn form_text(form: &Form) -> EnteredText {
    EnteredText { title: form.text("title").to_owned(), body: form.text("body").to_owned() }
}

fn selected_pane(form: &Form) -> &'static str {
    Pane::from_name(form.text("pane")).unwrap_or(Pane::Preview).name()
}
