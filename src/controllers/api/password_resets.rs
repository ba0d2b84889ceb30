//! Reset of forgotten passwords.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use utoipa_axum::routes;

use crate::{
    controllers::{
        extractors::{ClientInfo, Json, device_cookie},
        params::accounts::{AddressParams, BODY_BYTES, ResetParams},
        routing::api::{ApiRoutes, body_limit},
        state::AppState,
    },
    errors::AppResult,
    models::users,
    workers::send_mail,
};

/// Returns the routes with their OpenAPI description and rate limits.
#[must_use]
pub fn routes() -> ApiRoutes {
    ApiRoutes::default()
        .limited("recovery", body_limit(BODY_BYTES, routes!(forgot)))
        .limited("token", body_limit(BODY_BYTES, routes!(reset)))
}

/// Requests an e-mail with a link for a new password.
///
/// The response is the same if the e-mail address has no account.
#[utoipa::path(
    post, path = "/api/v1/auth/forgot", operation_id = "forgot", tag = "auth", request_body = AddressParams,
    responses((status = 204, description = "The request was received.")),
)]
async fn forgot(
    State(state): State<AppState>,
    client: ClientInfo,
    Json(params): Json<AddressParams>,
) -> AppResult<StatusCode> {
    let request = client.request()?;
    let mail = users::Model::request_password_reset(&state.db, &state.auth, &params.email, &request).await?;
    send_mail::enqueue(&state.ctx, mail).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets a new password with the token of the e-mail.
///
/// Every session of the account ends.
#[utoipa::path(
    post, path = "/api/v1/auth/reset", operation_id = "reset", tag = "auth", request_body = ResetParams,
    responses((status = 204, description = "The password was changed.")),
)]
async fn reset(
    State(state): State<AppState>,
    client: ClientInfo,
    Json(params): Json<ResetParams>,
) -> AppResult<Response> {
    let request = client.request()?;
    let changed = users::Model::reset_password(&state.db, &state.auth, params.input(), &request).await?;
    send_mail::enqueue(&state.ctx, changed.notice).await;
    let mut response = StatusCode::NO_CONTENT.into_response();
    device_cookie::set(response.headers_mut(), state.host(), &changed.device_token)?;
    Ok(response)
}
