//! Accounts: opening one, signing in, staying so, signing out.

mod params;

use std::{sync::Arc, time::Instant};

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use loco_rs::app::AppContext;
use utoipa_axum::routes;

use self::params::{LoginParams, RefreshParams, RegisterParams};
use super::{
    Shared,
    api_routes::{ApiRoutes, body_limit},
    extractors::{Client, Current, Json, part},
};
use crate::{
    clock,
    errors::{AppError, AppResult, Code},
    middleware::rate_limit::Limits,
    models::{
        access_tokens::AccessTokens,
        sessions::{self, Lifetimes, RefreshToken},
        users::{self, NewUser, canonical_email},
    },
    password::Hasher,
    rate_limit::Receipt,
    settings::Settings,
    views::{
        self,
        auth::{Registered, TokenPair, UserView},
    },
};

/// Bytes of a request here at most: a long password and a long name fit four times over.
const BODY_BYTES: usize = 16 * 1024;

/// Failed sign-ins of an account, known or not.
const ACCOUNT: &str = "login_account";

/// The routes with their description and limits.
#[must_use]
pub fn api() -> ApiRoutes {
    ApiRoutes::default()
        .limited("register", body_limit(BODY_BYTES, routes!(register)))
        .limited("login", body_limit(BODY_BYTES, routes!(login)))
        .limited("refresh", body_limit(BODY_BYTES, routes!(refresh)))
        .charging(ACCOUNT)
        .with(routes!(logout))
        .with(routes!(me))
}

/// Opens an account.
///
/// The answer is the same whether or not the address has an account already.
#[utoipa::path(
    post, path = "/api/v1/auth/register", operation_id = "register", tag = "auth", request_body = RegisterParams,
    responses((status = 201, description = "Received.", body = Registered)),
)]
async fn register(State(ctx): State<Shared>, Json(params): Json<RegisterParams>) -> AppResult<Response> {
    let hasher: Hasher = part(&ctx)?;
    let new = NewUser { name: &params.name, email: &params.email, password: &params.password, now: clock::now() };
    users::Model::register(&ctx.db, &hasher, new).await?;
    Ok((StatusCode::CREATED, views::json(&Registered::default())?).into_response())
}

/// Signs in.
///
/// An unknown address and a wrong password have one answer, after the same work.
#[utoipa::path(
    post, path = "/api/v1/auth/login", operation_id = "login", tag = "auth", request_body = LoginParams,
    responses((status = 200, description = "Signed in.", body = TokenPair)),
)]
async fn login(
    State(ctx): State<Shared>,
    Client(client): Client,
    Json(params): Json<LoginParams>,
) -> AppResult<Response> {
    let (hasher, limits): (Hasher, Arc<Limits>) = (part(&ctx)?, part(&ctx)?);
    // Charged before the work and given back for success: checked first and charged later, any
    // number of guesses at once would slip through together.
    let charge = charge(&ctx, &limits, &canonical_email(&params.email), &client.address).await?;
    let user = match users::Model::authenticate(&ctx.db, &hasher, &params.email, &params.password).await {
        Ok(None) => return Err(AppError::unauthorized().saying("The e-mail address or the password is wrong.")),
        // Nor does it count where nobody could say whether the password is right.
        other => {
            limits.refund(charge).await;
            other?.ok_or_else(AppError::unauthorized)?
        }
    };
    let (session, token) = sessions::Model::open(&ctx.db, &user, client, lifetimes(&ctx)?, clock::now()).await?;
    tracing::info!(event = "signed_in", user_id = %user.pid, session = %session.pid, "signed in");
    pair(&ctx, &session, token, &user)
}

/// Stays signed in.
///
/// Gives a new pair; the old refresh token is dead. One presented a second time ends the session.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", operation_id = "refresh", tag = "auth", request_body = RefreshParams,
    responses((status = 200, description = "A new pair.", body = TokenPair)),
)]
async fn refresh(State(ctx): State<Shared>, Json(params): Json<RefreshParams>) -> AppResult<Response> {
    let (session, user, token) =
        sessions::Model::refresh(&ctx.db, &params.refresh_token, lifetimes(&ctx)?, clock::now()).await?;
    pair(&ctx, &session, token, &user)
}

/// Signs out.
///
/// The session's tokens, of either kind, stop working at once.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", operation_id = "logout", tag = "auth", security(("bearer" = [])),
    responses((status = 204, description = "Signed out.")),
)]
async fn logout(current: Current, State(ctx): State<Shared>) -> AppResult<StatusCode> {
    let session = current.session.end(&ctx.db, clock::now()).await?;
    tracing::info!(event = "signed_out", session = %session.pid, "signed out");
    Ok(StatusCode::NO_CONTENT)
}

/// Shows who is signed in.
#[utoipa::path(
    get, path = "/api/v1/auth/me", operation_id = "me", tag = "auth", security(("bearer" = [])),
    responses((status = 200, description = "The user.", body = UserView)),
)]
async fn me(current: Current) -> AppResult<Response> {
    views::json(&UserView::from(&current.user))
}

/// Charges the account and, with it, the account as seen from this address. Once the account's guesses
/// are used up, an address from which its owner signed in lately has its own left: whoever guesses from
/// elsewhere cannot shut the owner out.
async fn charge(ctx: &Shared, limits: &Limits, account: &str, address: &str) -> AppResult<Vec<Receipt>> {
    let from_here = format!("{account} at {address}");
    match limits.charge(&[(ACCOUNT, account), (ACCOUNT, &from_here)], Instant::now()).await {
        Err(error) if error.code == Code::RateLimited => {
            if !sessions::Model::knows(&ctx.db, account, address, clock::now()).await? {
                return Err(error);
            }
            limits.charge(&[(ACCOUNT, &from_here)], Instant::now()).await
        }
        other => other,
    }
}

fn pair(ctx: &AppContext, session: &sessions::Model, token: RefreshToken, user: &users::Model) -> AppResult<Response> {
    let tokens: AccessTokens = part(ctx)?;
    let access = tokens.sign(user.pid, session.pid, clock::now()).map_err(AppError::internal)?;
    views::json(&TokenPair::new(access, tokens.seconds(), token.into_text(), user))
}

fn lifetimes(ctx: &AppContext) -> AppResult<Lifetimes> {
    let settings: Arc<Settings> = part(ctx)?;
    Ok(Lifetimes::from(&settings.sessions))
}
