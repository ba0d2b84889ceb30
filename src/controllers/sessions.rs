//! Where people are signed in, and ending it from somewhere else.

use axum::{extract::State, http::StatusCode, response::Response};
use utoipa_axum::routes;
use uuid::Uuid;

use super::{
    Shared,
    api_routes::{ApiRoutes, exempt_from_user_limit},
    auth::lifetimes,
    extractors::{Client, Current, Pages, Path},
};
use crate::{
    clock,
    errors::AppResult,
    models::{pagination::Page, request_context::RequestContext, sessions::Model},
    views::{self, sessions::SessionView},
};

/// The routes with their description.
#[must_use]
pub fn api() -> ApiRoutes {
    ApiRoutes::default().with(exempt_from_user_limit(routes!(list, end_all))).with(exempt_from_user_limit(routes!(end)))
}

/// Lists the sessions in which the user is signed in, the one used last first.
#[utoipa::path(
    get, path = "/api/v1/auth/sessions", operation_id = "list_sessions", tag = "auth", security(("bearer" = [])), params(Pages),
    responses((status = 200, description = "A page of them.", body = Page<SessionView>)),
)]
async fn list(current: Current, State(ctx): State<Shared>, pages: Pages) -> AppResult<Response> {
    let page = Model::list_for(&ctx.db, &current.user, lifetimes(&ctx)?, pages.request(), clock::now()).await?;
    views::json(&page.map(|session| SessionView::of(session, &current.session)))
}

/// Ends one session: its tokens, of either kind, stop working at once.
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions/{id}", operation_id = "end_session", tag = "auth", security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "Ended.")),
)]
async fn end(
    current: Current,
    State(ctx): State<Shared>,
    Client(client): Client,
    Path(id): Path<Uuid>,
) -> AppResult<StatusCode> {
    let session = Model::find_for(&ctx.db, &current.user, id, clock::now()).await?;
    session.end_for(&ctx.db, &current.user, RequestContext::of(&client, clock::now())?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs out everywhere, here included.
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions", operation_id = "end_sessions", tag = "auth", security(("bearer" = [])),
    responses((status = 204, description = "Ended.")),
)]
async fn end_all(current: Current, State(ctx): State<Shared>, Client(client): Client) -> AppResult<StatusCode> {
    Model::end_all_for(&ctx.db, &current.user, RequestContext::of(&client, clock::now())?).await?;
    Ok(StatusCode::NO_CONTENT)
}
