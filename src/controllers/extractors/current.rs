//! Who is signed in, and from where they ask.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use loco_rs::app::AppContext;

use super::super::Shared;
use crate::{
    clock,
    errors::{AppError, AppResult},
    middleware::{access_log::SignedIn, request_id::ClientAddress},
    models::{access_tokens::AccessTokens, sessions, users},
};

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
        let claims = tokens.read(token).ok_or_else(AppError::unauthorized)?;
        let found = sessions::Model::find_alive(&ctx.db, claims.sid, clock::now()).await?;
        let (session, user) = found.filter(|(_, user)| user.pid == claims.sub).ok_or_else(AppError::unauthorized)?;
        if let Some(signed_in) = parts.extensions.get::<SignedIn>() {
            signed_in.set(user.pid);
        }
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
pub struct Client(pub sessions::Client);

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> AppResult<Self> {
        let user_agent =
            parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let address = parts.extensions.get::<ClientAddress>().map(|address| address.0.to_string()).unwrap_or_default();
        Ok(Self(sessions::Client { user_agent: user_agent.to_owned(), address }))
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
