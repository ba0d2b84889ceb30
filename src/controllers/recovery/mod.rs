//! What is done by mail: an address is confirmed, a forgotten password replaced.

pub(super) mod params;

use std::{sync::Arc, time::Instant};

use axum::{extract::State, http::StatusCode};
use sliding_window::ChargeReceipt;
use utoipa_axum::routes;

use self::params::{AddressParams, ResetParams, TokenParams};
use super::{
    Shared,
    api_routes::{ApiRoutes, body_limit},
    auth::{BODY_BYTES, attempt, device::Device},
    extractors::{Client, Json, hasher, part},
};
use crate::{
    clock,
    errors::{AppResult, Code},
    models::{
        device_tokens::Devices,
        request_context::{self, RequestContext},
        sessions,
        users::{
            self, canonical_email,
            password::{Choice, Tools},
        },
    },
    rate_limits::RateLimits,
    workers::send_mail,
};

/// Requests for mail to an account, known or not.
const ACCOUNT: &str = "recovery_account";

/// The routes with their description and limits.
#[must_use]
pub fn api() -> ApiRoutes {
    ApiRoutes::default()
        .limited("token", body_limit(BODY_BYTES, routes!(verify)))
        .limited("recovery", body_limit(BODY_BYTES, routes!(resend)))
        .limited("recovery", body_limit(BODY_BYTES, routes!(forgot)))
        .limited("token", body_limit(BODY_BYTES, routes!(reset)))
        .charging(ACCOUNT)
}

/// Confirms an address with the token that was mailed to it.
#[utoipa::path(
    post, path = "/api/v1/auth/verify", operation_id = "verify", tag = "auth", request_body = TokenParams,
    responses((status = 204, description = "Confirmed.")),
)]
async fn verify(
    State(ctx): State<Shared>,
    Client(client): Client,
    Json(params): Json<TokenParams>,
) -> AppResult<StatusCode> {
    users::Model::verify(&ctx.db, &params.token, RequestContext::of(&client, clock::now())?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks for another mail that confirms an address.
///
/// The answer is the same whether or not the address has an account, and whether or not it is confirmed.
#[utoipa::path(
    post, path = "/api/v1/auth/resend", operation_id = "resend", tag = "auth", request_body = AddressParams,
    responses((status = 204, description = "Received.")),
)]
async fn resend(
    State(ctx): State<Shared>,
    Client(client): Client,
    Device(device): Device,
    Json(params): Json<AddressParams>,
) -> AppResult<StatusCode> {
    ask_to_verify(&ctx, Asking { client: &client, device: device.as_deref() }, &params.email).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks for a mail with which a new password can be chosen.
///
/// The answer is the same whether or not the address has an account.
#[utoipa::path(
    post, path = "/api/v1/auth/forgot", operation_id = "forgot", tag = "auth", request_body = AddressParams,
    responses((status = 204, description = "Received.")),
)]
async fn forgot(
    State(ctx): State<Shared>,
    Client(client): Client,
    Device(device): Device,
    Json(params): Json<AddressParams>,
) -> AppResult<StatusCode> {
    ask_to_reset(&ctx, Asking { client: &client, device: device.as_deref() }, &params.email).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Chooses a new password with the token that was mailed for it.
///
/// Every session of the account ends.
#[utoipa::path(
    post, path = "/api/v1/auth/reset", operation_id = "reset", tag = "auth", request_body = ResetParams,
    responses((status = 204, description = "The password is the new one.")),
)]
async fn reset(
    State(ctx): State<Shared>,
    Client(client): Client,
    Device(device): Device,
    Json(params): Json<ResetParams>,
) -> AppResult<StatusCode> {
    let choice = Choice { token: &params.token, password: &params.password };
    replace_password(&ctx, &client, device.as_deref(), choice).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who asks for a mail.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub client: &'a request_context::Client,
    /// What marks the device, if anything does.
    pub device: Option<&'a str>,
}

/// Orders the mail that confirms an address. Known or not, it is one row and one job, which finds out.
pub(super) async fn ask_to_verify(ctx: &Shared, asking: Asking<'_>, email: &str) -> AppResult<()> {
    let (email, limits, receipts) = charged(ctx, asking, email).await?;
    let at = RequestContext::of(asking.client, clock::now())?;
    let ordered = users::Model::request_verification(&ctx.db, &email, at).await;
    send_mail::wake(ctx, limits.refund_if_unavailable(receipts, ordered).await?).await;
    Ok(())
}

/// Orders the mail with which another password can be chosen. Known or not, it is one row and one job.
pub(super) async fn ask_to_reset(ctx: &Shared, asking: Asking<'_>, email: &str) -> AppResult<()> {
    let (email, limits, receipts) = charged(ctx, asking, email).await?;
    let at = RequestContext::of(asking.client, clock::now())?;
    let ordered = users::Model::forgot_password(&ctx.db, &email, at).await;
    send_mail::wake(ctx, limits.refund_if_unavailable(receipts, ordered).await?).await;
    Ok(())
}

/// Gives the account that a token was mailed for another password, and forgives the guesses at the old
/// one, also those on this device.
pub(super) async fn replace_password(
    ctx: &Shared,
    client: &request_context::Client,
    device: Option<&str>,
    choice: Choice<'_>,
) -> AppResult<users::Model> {
    let tools = Tools { hasher: &hasher(ctx, client)?, policy: part(ctx)? };
    let at = RequestContext::of(client, clock::now())?;
    let (user, notice) = users::Model::reset_password(&ctx.db, tools, choice, at).await?;
    send_mail::wake(ctx, notice).await;
    attempt::forgive(ctx, &user.email, client, device, at.now).await?;
    Ok(user)
}

/// The canonical spelling of an address, once a mail to it has been charged to the account and, with it,
/// to the account as seen from here, which its owner has left where strangers have used up the account's
/// share.
async fn charged(
    ctx: &Shared,
    asking: Asking<'_>,
    email: &str,
) -> AppResult<(String, Arc<RateLimits>, Vec<ChargeReceipt>)> {
    let (limits, devices): (Arc<RateLimits>, Devices) = (part(ctx)?, part(ctx)?);
    let (account, now) = (canonical_email(email), clock::now());
    let device = asking.device.and_then(|mark| devices.read(mark, &account, now));
    let from_here = attempt::pair(asking.client, &account, device);
    let receipts = match limits.charge(&[(ACCOUNT, &account), (ACCOUNT, &from_here)], Instant::now()).await {
        Err(error) if error.code == Code::RateLimited => {
            if device.is_none() && !sessions::Model::knows(&ctx.db, &account, asking.client, now).await? {
                attempt::note_limit(ctx, &limits, &account, asking.client, now).await?;
                return Err(error);
            }
            limits.charge(&[(ACCOUNT, &from_here)], Instant::now()).await?
        }
        other => other?,
    };
    Ok((account, limits, receipts))
}
