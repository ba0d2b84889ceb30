//! The authenticated user of an API request.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use super::headers::text;
use crate::{
    clock,
    controllers::state::AppState,
    errors::{AppError, AppResult},
    middleware::{access_log::LoggedUser, rate_limit::enforce_for_user},
    models::{sessions, users},
};

/// Rate-limit policy that counts the authenticated requests of a user, except requests to exempt routes.
pub const USER_POLICY: &str = "user";

/// Authenticated user and session of a request. A request without a valid access token gets 401.
#[derive(Debug, Clone)]
pub struct CurrentUser {
    pub user: users::Model,
    pub session: sessions::Model,
}

impl FromRequestParts<AppState> for CurrentUser {
    type Rejection = AppError;

    /// Verifies the access token, finds the active session of the token and charges the rate limits of the user.
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> AppResult<Self> {
        let token = bearer(parts).ok_or_else(AppError::unauthorized)?;
        let now = clock::now();
        let claims = state.auth.access_tokens.read(token, now).ok_or_else(AppError::unauthorized)?;
        let found = sessions::Model::find_active(&state.db, &state.auth.session_cache, claims.sid, now).await?;
        let (session, user) = found.filter(|(_, user)| user.pid == claims.sub).ok_or_else(AppError::unauthorized)?;
        if let Some(logged) = parts.extensions.get::<LoggedUser>() {
            logged.set(user.pid);
        }
        enforce_for_user(&parts.extensions, user.pid, Some(USER_POLICY)).await?;
        Ok(Self { user, session })
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, token) = text(&parts.headers, header::AUTHORIZATION).split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
