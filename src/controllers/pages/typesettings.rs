//! A document's way to PDF, and the PDF, for a browser.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use uuid::Uuid;

use super::{
    answers::see,
    editor::{again, print, store},
    page_routes::{PageRoutes, body_limit},
    queried,
    visitor::Member,
};
use crate::{
    controllers::{
        Shared,
        documents::FORM_BYTES,
        extractors::{Form, Path},
        typesettings::{order, send_newest},
    },
    errors::AppResult,
    models::documents::Summary,
    views::{self, pages::editor::Printed, typesettings::TypesettingView},
};

/// Our own typesetter made it, so it needs no sandbox, in which a browser's viewer would not start; pages
/// of ours may show it.
const BESIDE_THE_TEXT: [(header::HeaderName, HeaderValue); 2] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'self'")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
];

/// The routes with their limits: those of the API's own.
pub fn routes() -> PageRoutes {
    PageRoutes::default()
        .limited("typeset", "/documents/{id}/typesettings", body_limit(FORM_BYTES, post(create)))
        .with("/documents/{id}/typesettings", get(super::editor::back))
        .with("/documents/{id}/print", get(show))
        .with("/documents/{id}/pdf", get(pdf))
}

/// Orders a PDF, of what the form holds where it holds a text.
async fn create(member: Member, State(ctx): State<Shared>, Path(id): Path<Uuid>, form: Form) -> AppResult<Response> {
    let mut document = Summary::find_for(&ctx.db, &member.current.user, id).await?;
    if form.has("title") {
        document = match store(&ctx, document.clone(), &form).await {
            Ok(saved) => saved,
            Err(failure) => return again(member, &ctx, document, form, failure).await,
        };
    }
    let order = order(&ctx, document.id).await?;
    if member.visitor.wants_page {
        return Ok(see(&format!("/documents/{id}?pane=pdf")));
    }
    let ordered = Ordered { order: TypesettingView::from(order), updated_at: document.updated_at.into() };
    Ok((StatusCode::ACCEPTED, views::json(&ordered)?).into_response())
}

/// How the newest order stands: the part of the editor that changes by itself.
async fn show(member: Member, State(ctx): State<Shared>, Path(id): Path<Uuid>) -> AppResult<Response> {
    let document = Summary::find_for(&ctx.db, &member.current.user, id).await?;
    let print = print(&ctx, &document).await?;
    member.visitor.page("documents/print.html", &Printed { id, print })
}

/// The newest finished PDF, to be looked at or, with `?download=1`, kept.
async fn pdf(
    member: Member,
    State(ctx): State<Shared>,
    Path(id): Path<Uuid>,
    uri: Uri,
    headers: HeaderMap,
) -> AppResult<Response> {
    let document = Summary::find_for(&ctx.db, &member.current.user, id).await?;
    let mut response = send_newest(&ctx, &document, &headers).await?;
    let given = response.headers_mut();
    for (name, value) in BESIDE_THE_TEXT {
        given.insert(name, value);
    }
    super::uploads::ask_again(given);
    if !queried(&uri, "download").is_empty() {
        super::uploads::to_be_kept(given);
    }
    Ok(response)
}

/// An order, and the version of the text it is of.
#[derive(serde::Serialize)]
struct Ordered {
    #[serde(flatten)]
    order: TypesettingView,
    updated_at: chrono::DateTime<chrono::Utc>,
}
