//! A person's files: handed over, looked at, removed.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;

use super::{
    answers::see,
    notices,
    page_routes::{PageRoutes, exempt_from_user_limit},
    queried,
    visitor::Member,
};
use crate::{
    clock,
    controllers::{
        Shared,
        extractors::{Pages, Path, part},
        uploads::{multipart::Upload, send_content, take_in},
    },
    errors::AppResult,
    models::{pagination::Page, storage_usage::StorageUsage, uploads::Model},
    settings::Settings,
    views::{
        self,
        pages::{Pager, upload_card::Tile},
        uploads::UploadView,
    },
};

/// The routes with their limits: those of the API's own.
pub fn routes() -> PageRoutes {
    PageRoutes::default()
        .with("/uploads", get(list))
        .limited("upload", "/uploads", post(create))
        .with("/uploads/{id}/content", exempt_from_user_limit(get(content)))
        .with("/uploads/{id}/removal", post(remove))
}

/// A page of the list.
#[derive(Serialize)]
struct Kept {
    list: Page<Tile>,
    /// The pages beside this one.
    beside: Pager,
    usage: StorageUsage,
    /// Bytes of all that the user stores.
    used: u64,
    /// Bytes of one file at most.
    limit: u64,
    /// Maximum of `used`.
    quota: u64,
}

async fn list(member: Member, State(ctx): State<Shared>, pages: Pages) -> AppResult<Response> {
    let user = &member.current.user;
    let list = Model::list_for(&ctx.db, user, pages.request()).await?.map(Tile::from);
    let usage = StorageUsage::of(&ctx.db, user.id).await?;
    let settings: Arc<Settings> = part(&ctx)?;
    let beside = Pager::of(&list, "/uploads", &[]);
    let (limit, quota) = (settings.storage.upload_max_bytes, settings.storage.upload_quota_bytes);
    member.visitor.page("uploads/index.html", &Kept { list, beside, usage, used: usage.total(), limit, quota })
}

/// Takes a file in; a script is told which one it has become.
async fn create(member: Member, State(ctx): State<Shared>, upload: Upload) -> AppResult<Response> {
    let upload = take_in(&ctx, &member.current, upload.after("csrf_token")).await?;
    if member.visitor.wants_page {
        return Ok(see(&notices::at("/uploads", "uploaded")));
    }
    Ok((StatusCode::CREATED, views::json(&UploadView::from(upload))?).into_response())
}

/// A file's bytes; pictures and PDFs to be looked at, with `?download=1` all to be kept.
async fn content(
    member: Member,
    State(ctx): State<Shared>,
    Path(id): Path<Uuid>,
    uri: Uri,
    headers: HeaderMap,
) -> AppResult<Response> {
    let upload = Model::find_for(&ctx.db, &member.current.user, id).await?;
    let mut response = send_content(&ctx, &upload, &headers).await?;
    ask_again(response.headers_mut());
    if !queried(&uri, "download").is_empty() {
        to_be_kept(response.headers_mut());
    }
    Ok(response)
}

async fn remove(member: Member, State(ctx): State<Shared>, Path(id): Path<Uuid>) -> AppResult<Response> {
    Model::find_for(&ctx.db, &member.current.user, id).await?.remove(&ctx.db, &ctx.storage, clock::now()).await?;
    Ok(see(&notices::at("/uploads", "upload-removed")))
}

/// Lets the browser keep a file for itself and ask each time whether it is still the same, and its own:
/// a page of pictures would else come anew with every look at it.
pub fn ask_again(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("cookie"));
}

/// Has a browser save a file that it would show.
pub fn to_be_kept(headers: &mut HeaderMap) {
    let disposition = headers.get(header::CONTENT_DISPOSITION).and_then(|value| value.to_str().ok());
    let kept = disposition.and_then(|value| value.strip_prefix("inline")).map(|rest| format!("attachment{rest}"));
    if let Some(kept) = kept.and_then(|kept| HeaderValue::from_str(&kept).ok()) {
        headers.insert(header::CONTENT_DISPOSITION, kept);
    }
}
