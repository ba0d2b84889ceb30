//! Signing in over the API.

use axum::{extract::State, response::Response};

use super::{
    super::{
        Shared,
        extractors::{Client, Hashing, Json},
    },
    attempt::{Attempt, SignedIn},
    device::{self, Device},
    lifetimes, pair,
    params::LoginParams,
};
use crate::{
    clock,
    errors::AppResult,
    views::{auth::TokenPair, errors::ErrorBody},
};

/// Signs in.
///
/// An unknown address and a wrong password have one answer, after the same work. The cookie that comes
/// with success marks the device: guesses from elsewhere then do not shut it out.
#[utoipa::path(
    post, path = "/api/v1/auth/login", operation_id = "login", tag = "auth", request_body = LoginParams,
    responses(
        (status = 200, description = "Signed in.", body = TokenPair),
        (status = 401, description = "Who asks is not let in.", body = ErrorBody),
    ),
)]
pub async fn login(
    State(ctx): State<Shared>,
    Client(client): Client,
    Device(device): Device,
    Hashing(hasher): Hashing,
    Json(params): Json<LoginParams>,
) -> AppResult<Response> {
    let attempt = Attempt {
        email: &params.email,
        password: &params.password,
        client: &client,
        device: device.as_deref(),
        hasher: &hasher,
        lifetimes: lifetimes(&ctx)?,
        now: clock::now(),
    };
    let SignedIn { user, session, token, mark } = attempt.make(&ctx).await?;
    let mut response = pair(&ctx, &session, token, &user)?;
    device::keep(&ctx, response.headers_mut(), &mark)?;
    Ok(response)
}
