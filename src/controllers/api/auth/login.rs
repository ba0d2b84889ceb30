//! Login of API clients.

use axum::{extract::State, response::Response};

use super::token_response;
use crate::{
    controllers::{
        extractors::{ClientInfo, Json, device_cookie},
        params::accounts::LoginParams,
        state::AppState,
    },
    errors::AppResult,
    models::users,
    views::{auth::TokenPair, errors::ErrorBody},
};

/// Logs in.
///
/// An unknown e-mail address and a wrong password get the same response after the same work. The cookie of a
/// successful login makes the device trusted. Brute force by other clients does not lock out a trusted device.
#[utoipa::path(
    post, path = "/api/v1/auth/login", operation_id = "login", tag = "auth", request_body = LoginParams,
    responses(
        (status = 200, description = "The tokens of a new session.", body = TokenPair),
        (status = 401, description = "The e-mail address or the password is wrong.", body = ErrorBody),
    ),
)]
pub async fn login(
    State(state): State<AppState>,
    client: ClientInfo,
    Json(params): Json<LoginParams>,
) -> AppResult<Response> {
    let login = users::Model::sign_in(&state.db, &state.auth, params.credentials(), &client.request()?).await?;
    let mut response = token_response(&state, &login.session, login.refresh_token, &login.user)?;
    device_cookie::set(response.headers_mut(), state.host(), &login.device_token)?;
    Ok(response)
}
