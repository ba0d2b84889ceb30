//! The account of whoever is signed in: its password, and its end.

pub(super) mod params;

use std::{sync::Arc, time::Instant};

use axum::{extract::State, http::StatusCode};
use sliding_window::ChargeReceipt;
use utoipa_axum::routes;

use self::params::{PasswordParams, RemovalParams};
use super::{
    Shared,
    api_routes::{ApiRoutes, body_limit, exempt_from_user_limit},
    auth::BODY_BYTES,
    extractors::{Client, Current, Json, hasher, part},
};
use crate::{
    clock,
    errors::AppResult,
    models::{
        request_context::{self, RequestContext},
        users::password::{Change, Tools},
    },
    rate_limits::RateLimits,
    workers::send_mail,
};

/// Requests of a user that ask for their password: whoever holds a session must not find it out.
const USER: &str = "password";

/// The routes with their description and limits.
#[must_use]
pub fn api() -> ApiRoutes {
    ApiRoutes::default()
        .charged(USER, exempt_from_user_limit(body_limit(BODY_BYTES, routes!(change_password))))
        .charged(USER, exempt_from_user_limit(body_limit(BODY_BYTES, routes!(remove))))
}

/// Changes the password.
///
/// Every other session ends, and the owner is told by mail.
#[utoipa::path(
    put, path = "/api/v1/auth/password", operation_id = "change_password", tag = "auth", security(("bearer" = [])), request_body = PasswordParams,
    responses((status = 204, description = "The password is the new one.")),
)]
async fn change_password(
    current: Current,
    State(ctx): State<Shared>,
    Client(client): Client,
    Json(params): Json<PasswordParams>,
) -> AppResult<StatusCode> {
    let change = Change { current: &params.current_password, new: &params.password };
    replace_password(&ctx, &current, &client, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the account, and everything that is its owner's.
#[utoipa::path(
    delete, path = "/api/v1/auth/me", operation_id = "remove_account", tag = "auth", security(("bearer" = [])), request_body = RemovalParams,
    responses((status = 204, description = "Gone.")),
)]
async fn remove(
    current: Current,
    State(ctx): State<Shared>,
    Client(client): Client,
    Json(params): Json<RemovalParams>,
) -> AppResult<StatusCode> {
    remove_account(&ctx, current, &client, &params.password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the password of whoever is signed in, who knows the old one.
pub(super) async fn replace_password(
    ctx: &Shared,
    current: &Current,
    client: &request_context::Client,
    change: Change<'_>,
) -> AppResult<()> {
    let tools = Tools { hasher: &hasher(ctx, client)?, policy: part(ctx)? };
    let at = RequestContext::of(client, clock::now())?;
    let (limits, receipts) = charge(ctx, current).await?;
    let changed = current.user.change_password(&ctx.db, tools, &current.session, change, at).await;
    send_mail::wake(ctx, limits.refund_if_unavailable(receipts, changed).await?).await;
    Ok(())
}

/// Removes the account of whoever is signed in, who knows its password.
pub(super) async fn remove_account(
    ctx: &Shared,
    current: Current,
    client: &request_context::Client,
    password: &str,
) -> AppResult<()> {
    let (hasher, at) = (hasher(ctx, client)?, RequestContext::of(client, clock::now())?);
    let (limits, receipts) = charge(ctx, &current).await?;
    let removed = current.user.remove(&ctx.db, &ctx.storage, &hasher, password, at).await;
    limits.refund_if_unavailable(receipts, removed).await
}

async fn charge(ctx: &Shared, current: &Current) -> AppResult<(Arc<RateLimits>, Vec<ChargeReceipt>)> {
    let limits: Arc<RateLimits> = part(ctx)?;
    let receipts = limits.charge(&[(USER, &current.user.pid.to_string())], Instant::now()).await?;
    Ok((limits, receipts))
}
