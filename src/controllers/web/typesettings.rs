//! PDFs of documents: handlers that request a typesetting, and that return its status or the PDF.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use uuid::Uuid;

use super::{
    editor::{pdf_status, render_editor_error, store},
    query_param,
    responses::{download, redirect_to, revalidate},
    visitor::Member,
};
use crate::{
    controllers::{
        extractors::{ClientInfo, Form, Path, PreferredWait},
        params::documents::FORM_BYTES,
        routing::web::{WebRoutes, body_limit},
        state::AppState,
    },
    errors::AppResult,
    models::{documents::Summary, typesettings},
    views::{self, file_response, pages::editor::PdfStatusPage, typesettings::TypesettingView},
    workers::typeset_document,
};

/// Headers that let pages of this site embed a PDF. The content security policy has no `sandbox` directive,
/// because browsers do not start their PDF viewer in a sandbox. The PDF is safe, because the typesetter created it.
const EMBEDDABLE: [(header::HeaderName, HeaderValue); 2] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'self'")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
];

/// Returns the routes, which have the same rate limits as the API.
pub fn routes() -> WebRoutes {
    WebRoutes::default()
        .limited("typeset", "/documents/{id}/typesettings", body_limit(FORM_BYTES, post(create)))
        .with("/documents/{id}/typesettings", get(super::editor::redirect_to_form))
        .with("/documents/{id}/print", get(show))
        .with("/documents/{id}/pdf", get(pdf))
}

/// Requests a PDF. If the form contains a text, first stores the text.
async fn create(
    member: Member,
    State(state): State<AppState>,
    client: ClientInfo,
    Path(id): Path<Uuid>,
    form: Form,
) -> AppResult<Response> {
    let mut document = Summary::find_for(&state.db, &member.current.user, id).await?;
    if form.has("title") {
        document = match store(&state, document.clone(), &form).await {
            Ok(saved) => saved,
            Err(failure) => return render_editor_error(member, &state, document, form, failure).await,
        };
    }
    let request = client.request()?;
    let typesetting = typesettings::Model::create(&state.db, document.id, request.request_id, request.now).await?;
    typeset_document::enqueue(&state.ctx, typesetting.pid).await;
    if member.visitor.wants_page {
        return Ok(redirect_to(&format!("/documents/{id}?pane=pdf")));
    }
    let requested =
        RequestedPdf { typesetting: TypesettingView::from(typesetting), updated_at: document.updated_at.into() };
    Ok((StatusCode::ACCEPTED, views::json(&requested)?).into_response())
}

/// Renders the status of the PDF. A script inserts the result into the editor. With `Prefer: wait=N`, waits for the end
/// of the newest typesetting.
async fn show(
    member: Member,
    State(state): State<AppState>,
    Path(id): Path<Uuid>,
    preferred: PreferredWait,
) -> AppResult<Response> {
    let document = Summary::find_for(&state.db, &member.current.user, id).await?;
    typesettings::Model::wait_for_newest(&state.db, document.id, preferred.wait).await?;
    let pdf_status = pdf_status(&state, &document).await?;
    member.visitor.page("documents/pdf_status.html", &PdfStatusPage { id, pdf_status })
}

/// Returns the newest finished PDF. With `?download=1`, the browser saves the PDF.
async fn pdf(
    member: Member,
    State(state): State<AppState>,
    Path(id): Path<Uuid>,
    uri: Uri,
    headers: HeaderMap,
) -> AppResult<Response> {
    let document = Summary::find_for(&state.db, &member.current.user, id).await?;
    let pdf = typesettings::Model::newest_pdf(&state.db, document.id).await?;
    let mut response = file_response::of_pdf(&state.files, &document.title, &pdf, &headers).await?;
    let headers = response.headers_mut();
    for (name, value) in EMBEDDABLE {
        headers.insert(name, value);
    }
    revalidate(headers);
    if !query_param(&uri, "download").is_empty() {
        download(headers);
    }
    Ok(response)
}

/// JSON response with a typesetting and the version of the document.
#[derive(serde::Serialize)]
struct RequestedPdf {
    #[serde(flatten)]
    typesetting: TypesettingView,
    updated_at: chrono::DateTime<chrono::Utc>,
}
