//! Confirmation of e-mail addresses.

use axum::{extract::State, http::StatusCode};
use utoipa_axum::routes;

use crate::{
    controllers::{
        extractors::{ClientInfo, Json},
        params::accounts::{AddressParams, BODY_BYTES, TokenParams},
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
        .limited("token", body_limit(BODY_BYTES, routes!(verify)))
        .limited("recovery", body_limit(BODY_BYTES, routes!(resend)))
}

/// Confirms an e-mail address with the token that was sent to this e-mail address.
#[utoipa::path(
    post, path = "/api/v1/auth/verify", operation_id = "verify", tag = "auth", request_body = TokenParams,
    responses((status = 204, description = "The e-mail address was confirmed.")),
)]
async fn verify(
    State(state): State<AppState>,
    client: ClientInfo,
    Json(params): Json<TokenParams>,
) -> AppResult<StatusCode> {
    users::Model::verify_email(&state.db, &params.token, &client.request()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Requests another confirmation e-mail.
///
/// The response is the same if the e-mail address has no account or is already confirmed.
#[utoipa::path(
    post, path = "/api/v1/auth/resend", operation_id = "resend", tag = "auth", request_body = AddressParams,
    responses((status = 204, description = "The request was received.")),
)]
async fn resend(
    State(state): State<AppState>,
    client: ClientInfo,
    Json(params): Json<AddressParams>,
) -> AppResult<StatusCode> {
    let request = client.request()?;
    let mail = users::Model::request_verification(&state.db, &state.auth, &params.email, &request).await?;
    send_mail::enqueue(&state.ctx, mail).await;
    Ok(StatusCode::NO_CONTENT)
}
