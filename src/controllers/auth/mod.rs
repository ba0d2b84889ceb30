//! Accounts: opening one, signing in, staying so, signing out.

pub mod attempt;
pub mod device;
mod events;
pub(super) mod login;
pub(super) mod params;

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use utoipa_axum::routes;

use self::params::{RefreshParams, RegisterParams};
use super::{
    Shared,
    api_routes::{ApiRoutes, body_limit, exempt_from_user_limit},
    extractors::{Client, Current, Json, Unchecked, check, hasher, part},
};
use crate::{
    clock,
    crypto::access_tokens::AccessTokens,
    errors::{AppError, AppResult},
    models::{
        request_context::{Client as Asking, RequestContext},
        sessions::{self, Lifetimes, RefreshToken, Rotation, Successors},
        users::{self, NewUser},
    },
    password::{Owner, Policy},
    settings::Settings,
    views::{
        self,
        auth::{Registered, TokenPair, UserView},
        errors::ErrorBody,
    },
    workers::send_mail,
};

/// Bytes of a request here at most: a long password and a long name fit four times over.
pub(super) const BODY_BYTES: usize = 16 * 1024;

/// The routes with their description and limits.
#[must_use]
pub fn api() -> ApiRoutes {
    ApiRoutes::default()
        .limited("register", body_limit(BODY_BYTES, routes!(register)))
        .limited("login", body_limit(BODY_BYTES, routes!(login::login)))
        .limited("refresh", body_limit(BODY_BYTES, routes!(refresh)))
        .charging(attempt::PAIR)
        .charging(attempt::ACCOUNT)
        .with(exempt_from_user_limit(routes!(logout)))
        .with(routes!(me))
        .with(routes!(events::events))
}

/// Opens an account.
///
/// The answer is the same whether or not the address has an account already.
#[utoipa::path(
    post, path = "/api/v1/auth/register", operation_id = "register", tag = "auth", request_body = RegisterParams,
    responses((status = 201, description = "Received.", body = Registered)),
)]
async fn register(
    State(ctx): State<Shared>,
    Client(client): Client,
    Unchecked(params): Unchecked<RegisterParams>,
) -> AppResult<Response> {
    open_account(&ctx, &client, &params).await?;
    Ok((StatusCode::CREATED, views::json(&Registered::default())?).into_response())
}

/// Opens an account, or does as much for nothing where the address has one.
///
/// # Errors
/// `validation_error`, and `service_unavailable` where hashing or the database is busy.
pub(super) async fn open_account(ctx: &Shared, client: &Asking, params: &RegisterParams) -> AppResult<()> {
    let (hasher, policy): (_, Policy) = (hasher(ctx, client)?, part(ctx)?);
    let RegisterParams { name, email, password } = params;
    check(params, policy.check(password, Owner { name, email }).err().map(|breach| breach.of("password")))?;
    let new = NewUser { name, email, password };
    let mail = users::Model::register(&ctx.db, &hasher, new, RequestContext::of(client, clock::now())?).await?;
    send_mail::wake(ctx, mail).await;
    Ok(())
}

/// Stays signed in.
///
/// Gives a new pair; the old refresh token is dead. Presented again within 30 seconds, for the answer may
/// have been lost, it gets the same successor; later, or once that has been used, it ends the session.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", operation_id = "refresh", tag = "auth", request_body = RefreshParams,
    responses(
        (status = 200, description = "A new pair.", body = TokenPair),
        (status = 401, description = "Who asks is not let in.", body = ErrorBody),
    ),
)]
async fn refresh(
    State(ctx): State<Shared>,
    Client(client): Client,
    Json(params): Json<RefreshParams>,
) -> AppResult<Response> {
    let successors: Successors = part(&ctx)?;
    let rotation = Rotation { successors: &successors, lifetimes: lifetimes(&ctx)?, now: clock::now() };
    let (session, user, token) = sessions::Model::refresh(&ctx.db, &params.refresh_token, rotation, &client).await?;
    pair(&ctx, &session, token, &user)
}

/// Signs out.
///
/// The session's tokens, of either kind, stop working at once.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", operation_id = "logout", tag = "auth", security(("bearer" = [])),
    responses((status = 204, description = "Signed out.")),
)]
async fn logout(current: Current, State(ctx): State<Shared>, Client(client): Client) -> AppResult<StatusCode> {
    let Current { user, session } = current;
    session.sign_out(&ctx.db, &user, &client, clock::now()).await?;
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

fn pair(ctx: &Shared, session: &sessions::Model, token: RefreshToken, user: &users::Model) -> AppResult<Response> {
    let tokens: AccessTokens = part(ctx)?;
    let access = tokens.sign(user.pid, session.pid, clock::now()).map_err(AppError::internal)?;
    views::json(&TokenPair::new(access, tokens.seconds(), token.into_text(), user))
}

/// How long sessions live, as it is set.
pub(super) fn lifetimes(ctx: &Shared) -> AppResult<Lifetimes> {
    let settings: Arc<Settings> = part(ctx)?;
    Ok(Lifetimes::from(&settings.sessions))
}
