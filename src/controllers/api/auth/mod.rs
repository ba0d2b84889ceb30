//! Registration, tokens and the current user.

mod login;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use utoipa_axum::routes;

use super::security_events;
use crate::{
    clock,
    controllers::{
        extractors::{ClientInfo, CurrentUser, Json, UnvalidatedJson},
        params::accounts::{BODY_BYTES, RefreshParams, RegisterParams},
        routing::api::{ApiRoutes, body_limit, exempt_from_user_limit},
        state::AppState,
    },
    errors::{AppError, AppResult},
    models::{
        sessions::{self, RefreshToken},
        users,
    },
    views::{
        self,
        auth::{Registered, TokenPair, UserView},
        errors::ErrorBody,
    },
    workers::send_mail,
};

/// Returns the routes with their OpenAPI description and rate limits.
#[must_use]
pub fn routes() -> ApiRoutes {
    ApiRoutes::default()
        .limited("register", body_limit(BODY_BYTES, routes!(register)))
        .limited("login", body_limit(BODY_BYTES, routes!(login::login)))
        .limited("refresh", body_limit(BODY_BYTES, routes!(refresh)))
        .with(exempt_from_user_limit(routes!(logout)))
        .with(routes!(me))
        .with(routes!(security_events::events))
}

/// Registers a user.
///
/// The response is the same if the e-mail address has an account already.
#[utoipa::path(
    post, path = "/api/v1/auth/register", operation_id = "register", tag = "auth", request_body = RegisterParams,
    responses((status = 201, description = "The registration was received.", body = Registered)),
)]
async fn register(
    State(state): State<AppState>,
    client: ClientInfo,
    UnvalidatedJson(params): UnvalidatedJson<RegisterParams>,
) -> AppResult<Response> {
    let new = params.validated(&state.auth)?;
    let mail = users::Model::register(&state.db, &state.auth, new, &client.request()?).await?;
    send_mail::enqueue(&state.ctx, mail).await;
    Ok((StatusCode::CREATED, views::json(&Registered::default())?).into_response())
}

/// Exchanges a refresh token for new tokens.
///
/// The used refresh token becomes invalid. If the response was lost, the client can send the used token again for
/// 30 seconds and gets the same next refresh token. The session ends if the used token is sent later, or after the
/// next refresh token was used.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", operation_id = "refresh", tag = "auth", request_body = RefreshParams,
    responses(
        (status = 200, description = "New tokens.", body = TokenPair),
        (status = 401, description = "The refresh token is invalid.", body = ErrorBody),
    ),
)]
async fn refresh(
    State(state): State<AppState>,
    client: ClientInfo,
    Json(params): Json<RefreshParams>,
) -> AppResult<Response> {
    let request = client.request()?;
    let (session, user, token) =
        sessions::Model::refresh(&state.db, &state.auth, &params.refresh_token, &request).await?;
    token_response(&state, &session, token, &user)
}

/// Logs out.
///
/// The access token and the refresh token of the session become invalid immediately.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", operation_id = "logout", tag = "auth", security(("bearer" = [])),
    responses((status = 204, description = "The session has ended.")),
)]
async fn logout(current: CurrentUser, State(state): State<AppState>, client: ClientInfo) -> AppResult<StatusCode> {
    current.session.sign_out(&state.db, &current.user, &client.request()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows the current user.
#[utoipa::path(
    get, path = "/api/v1/auth/me", operation_id = "me", tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "The user.", body = UserView)),
)]
async fn me(current: CurrentUser) -> AppResult<Response> {
    views::json(&UserView::from(&current.user))
}

fn token_response(
    state: &AppState,
    session: &sessions::Model,
    token: RefreshToken,
    user: &users::Model,
) -> AppResult<Response> {
    let tokens = &state.auth.access_tokens;
    let access = tokens.sign(user.pid, session.pid, clock::now()).map_err(AppError::internal)?;
    views::json(&TokenPair::new(access, tokens.seconds(), token.into_text(), user))
}
