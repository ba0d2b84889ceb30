//! Files of the user: list, upload, download, deletion.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    flash, query_param,
    responses::{download, redirect_to, revalidate},
    visitor::Member,
};
use crate::{
    clock,
    controllers::{
        extractors::{Pages, Path, multipart::Upload},
        routing::web::{WebRoutes, exempt_from_user_limit},
        state::AppState,
    },
    errors::AppResult,
    models::{pagination::Page, storage_usage::StorageUsage, uploads::Model},
    views::{
        self, file_response,
        pages::{Pager, upload_card::UploadCard},
        uploads::UploadView,
    },
};

/// Returns the routes, which have the same rate limits as the API.
pub fn routes() -> WebRoutes {
    WebRoutes::default()
        .with("/uploads", get(list))
        .limited("upload", "/uploads", post(create))
        .with("/uploads/{id}/content", exempt_from_user_limit(get(content)))
        .with("/uploads/{id}/removal", post(remove))
}

/// Content of the page.
#[derive(Serialize)]
struct UploadsPage {
    list: Page<UploadCard>,
    pager: Pager,
    usage: StorageUsage,
    /// Storage usage of the user, in bytes.
    used: u64,
    /// Maximum size of a file, in bytes.
    limit: u64,
    /// Storage quota of the user, in bytes.
    quota: u64,
}

async fn list(member: Member, State(state): State<AppState>, pages: Pages) -> AppResult<Response> {
    let user = &member.current.user;
    let list = Model::list_for(&state.db, user, pages.request()).await?.map(UploadCard::from);
    let usage = StorageUsage::of(&state.db, user.id).await?;
    let links = Pager::of(&list, "/uploads", &[]);
    let (limit, quota) = (state.settings.storage.upload_max_bytes, state.storage_quota());
    member
        .visitor
        .page("uploads/index.html", &UploadsPage { list, pager: links, usage, used: usage.total(), limit, quota })
}

/// Stores a file. A client that prefers HTML is redirected to the list. Other clients, such as the script of the page,
/// get the metadata of the file as JSON.
async fn create(member: Member, State(state): State<AppState>, upload: Upload) -> AppResult<Response> {
    let upload = upload.allow_field_before("csrf_token");
    let file = upload.into_new_upload(&state.settings.storage, state.request_timeout()).await?;
    let upload = Model::create_for(&state.db, state.storage(), &member.current.user, file, clock::now).await?;
    if member.visitor.wants_page {
        return Ok(redirect_to(&flash::with_flash("/uploads", "uploaded")));
    }
    Ok((StatusCode::CREATED, views::json(&UploadView::from(upload))?).into_response())
}

/// Returns the content of a file. Browsers display images and PDFs. Browsers download other files, and all files with
/// `?download=1`.
async fn content(
    member: Member,
    State(state): State<AppState>,
    Path(id): Path<Uuid>,
    uri: Uri,
    headers: HeaderMap,
) -> AppResult<Response> {
    let upload = Model::find_for(&state.db, &member.current.user, id).await?;
    let mut response = file_response::of_upload(&state.files, &upload, &headers).await?;
    revalidate(response.headers_mut());
    if !query_param(&uri, "download").is_empty() {
        download(response.headers_mut());
    }
    Ok(response)
}

async fn remove(member: Member, State(state): State<AppState>, Path(id): Path<Uuid>) -> AppResult<Response> {
    Model::find_for(&state.db, &member.current.user, id)
        .await?
        .remove(&state.db, state.storage(), clock::now())
        .await?;
    Ok(redirect_to(&flash::with_flash("/uploads", "upload-removed")))
}
