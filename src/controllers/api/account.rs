//! The account of the current user: its password and its deletion.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use utoipa_axum::routes;

use crate::{
    controllers::{
        extractors::{ClientInfo, CurrentUser, Json, device_cookie},
        params::accounts::{BODY_BYTES, PasswordParams, RemovalParams},
        routing::api::{ApiRoutes, body_limit, exempt_from_user_limit},
        state::AppState,
    },
    errors::AppResult,
    models::users::account_limits::PASSWORD_POLICY,
    workers::send_mail,
};

/// Returns the routes with their OpenAPI description and rate limits.
#[must_use]
pub fn routes() -> ApiRoutes {
    let limited = |routes| exempt_from_user_limit(body_limit(BODY_BYTES, routes));
    ApiRoutes::default()
        .limited_per_user(PASSWORD_POLICY, limited(routes!(change_password)))
        .limited_per_user(PASSWORD_POLICY, limited(routes!(remove)))
}

/// Changes the password.
///
/// Every other session ends, and the owner is notified by e-mail.
#[utoipa::path(
    put, path = "/api/v1/auth/password", operation_id = "change_password", tag = "auth",
    security(("bearer" = [])), request_body = PasswordParams,
    responses((status = 204, description = "The password was changed.")),
)]
async fn change_password(
    current: CurrentUser,
    State(state): State<AppState>,
    client: ClientInfo,
    Json(params): Json<PasswordParams>,
) -> AppResult<Response> {
    let CurrentUser { user, session } = &current;
    let (change, request) = (params.change(), client.request()?);
    let changed = user.change_password(&state.db, &state.auth, session, change, &request).await?;
    send_mail::enqueue(&state.ctx, changed.notice).await;
    let mut response = StatusCode::NO_CONTENT.into_response();
    device_cookie::set(response.headers_mut(), state.host(), &changed.device_token)?;
    Ok(response)
}

/// Deletes the account with all documents and files.
#[utoipa::path(
    delete, path = "/api/v1/auth/me", operation_id = "remove_account", tag = "auth",
    security(("bearer" = [])), request_body = RemovalParams,
    responses((status = 204, description = "The account was deleted.")),
)]
async fn remove(
    current: CurrentUser,
    State(state): State<AppState>,
    client: ClientInfo,
    Json(params): Json<RemovalParams>,
) -> AppResult<StatusCode> {
    let request = client.request()?;
    current.user.delete_account(&state.db, state.storage(), &state.auth, &params.password, &request).await?;
    Ok(StatusCode::NO_CONTENT)
}
