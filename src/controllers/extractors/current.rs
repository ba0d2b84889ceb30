//! Who is signed in, and from where they ask.

use std::net::Ipv4Addr;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use loco_rs::app::AppContext;

use super::super::Shared;
use crate::{
    clock,
    crypto::access_tokens::AccessTokens,
    errors::{AppError, AppResult},
    middleware::{access_log::SignedIn, rate_limit::enforce_for_user, request_id::ClientAddress},
    models::{request_context, sessions, users},
    password::Hasher,
};

/// What every request of a signed-in user to the API is counted under.
pub const USER_POLICY: &str = "user";

/// The signed-in user and their session. A handler that takes it cannot run for anybody else.
#[derive(Debug, Clone)]
pub struct Current {
    pub user: users::Model,
    pub session: sessions::Model,
}

impl FromRequestParts<Shared> for Current {
    type Rejection = AppError;

    /// The token says which session; the session's row says whether it still holds.
    async fn from_request_parts(parts: &mut Parts, ctx: &Shared) -> AppResult<Self> {
        let token = bearer(parts).ok_or_else(AppError::unauthorized)?;
        let tokens: AccessTokens = part(ctx)?;
        let now = clock::now();
        let claims = tokens.read(token, now).ok_or_else(AppError::unauthorized)?;
        let found = sessions::Model::find_alive(&ctx.db, claims.sid, now).await?;
        let (session, user) = found.filter(|(_, user)| user.pid == claims.sub).ok_or_else(AppError::unauthorized)?;
        if let Some(signed_in) = parts.extensions.get::<SignedIn>() {
            signed_in.set(user.pid);
        }
        enforce_for_user(&parts.extensions, user.pid, Some(USER_POLICY)).await?;
        Ok(Self { user, session })
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The device that signs in.
#[derive(Debug, Clone)]
pub struct Client(pub request_context::Client);

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> AppResult<Self> {
        let user_agent =
            parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let address = parts.extensions.get::<ClientAddress>().map_or(Ipv4Addr::UNSPECIFIED.into(), |address| address.0);
        Ok(Self(request_context::Client::new(user_agent, address)))
    }
}

/// The pool that hashes, for the address that asks: addresses take turns in it.
pub struct Hashing(pub Hasher);

impl FromRequestParts<Shared> for Hashing {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, ctx: &Shared) -> AppResult<Self> {
        let hasher: Hasher = part(ctx)?;
        let address = parts.extensions.get::<ClientAddress>();
        Ok(Self(address.map_or_else(|| hasher.clone(), |address| hasher.for_client(address.0))))
    }
}

/// A part of the service that the initializers have put into the context.
///
/// # Errors
/// `internal_error` where it is missing, which is a fault in the wiring.
pub fn part<T: Clone + Send + Sync + 'static>(ctx: &AppContext) -> AppResult<T> {
    let name = std::any::type_name::<T>();
    ctx.shared_store.get::<T>().ok_or_else(|| AppError::internal(format!("{name} is missing")))
}

/// The pool that hashes, for a client that was read before.
///
/// # Errors
/// As for [`part`].
pub fn hasher(ctx: &AppContext, client: &request_context::Client) -> AppResult<Hasher> {
    let hasher: Hasher = part(ctx)?;
    Ok(client.address.parse().map_or_else(|_| hasher.clone(), |address| hasher.for_client(address)))
}
