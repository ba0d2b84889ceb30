//! Sessions of the current user.

use axum::{extract::State, http::StatusCode, response::Response};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::{
    clock,
    controllers::{
        extractors::{ClientInfo, CurrentUser, Pages, Path},
        routing::api::{ApiRoutes, exempt_from_user_limit},
        state::AppState,
    },
    errors::AppResult,
    models::{pagination::Page, sessions::Model},
    views::{self, sessions::SessionView},
};

/// Returns the routes with their OpenAPI description.
#[must_use]
pub fn routes() -> ApiRoutes {
    ApiRoutes::default().with(exempt_from_user_limit(routes!(list, end_all))).with(exempt_from_user_limit(routes!(end)))
}

/// Lists the active sessions, most recently used first.
#[utoipa::path(
    get, path = "/api/v1/auth/sessions", operation_id = "list_sessions", tag = "auth",
    security(("bearer" = [])), params(Pages),
    responses((status = 200, description = "One page.", body = Page<SessionView>)),
)]
async fn list(current: CurrentUser, State(state): State<AppState>, pages: Pages) -> AppResult<Response> {
    let page = Model::list_for(&state.db, &current.user, state.auth.lifetimes, pages.request(), clock::now()).await?;
    views::json(&page.map(|session| SessionView::of(session, &current.session)))
}

/// Ends a session and immediately invalidates its tokens.
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions/{id}", operation_id = "end_session", tag = "auth",
    security(("bearer" = [])), params(("id" = Uuid, Path)),
    responses((status = 204, description = "The session has ended.")),
)]
async fn end(
    current: CurrentUser,
    State(state): State<AppState>,
    client: ClientInfo,
    Path(id): Path<Uuid>,
) -> AppResult<StatusCode> {
    let session = Model::find_for(&state.db, &current.user, id, clock::now()).await?;
    session.end_for(&state.db, &current.user, &client.request()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all sessions, including the current session.
#[utoipa::path(
    delete, path = "/api/v1/auth/sessions", operation_id = "end_sessions", tag = "auth", security(("bearer" = [])),
    responses((status = 204, description = "All sessions have ended.")),
)]
async fn end_all(current: CurrentUser, State(state): State<AppState>, client: ClientInfo) -> AppResult<StatusCode> {
    Model::end_all_for(&state.db, &current.user, &client.request()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
