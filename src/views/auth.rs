//! Accounts and tokens as JSON.

use serde::Serialize;
use uuid::Uuid;

use crate::models::users;

/// Response to a registration. The response does not reveal whether the e-mail address had an account already.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Registered {
    #[schema(
        example = "If this e-mail address had no account, an account was created. Check your inbox, then sign in."
    )]
    message: &'static str,
}

impl Default for Registered {
    fn default() -> Self {
        Self {
            message: "If this e-mail address had no account, an account was created. Check your inbox, then sign in.",
        }
    }
}

/// The current user.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UserView {
    pub id: Uuid,
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// Whether the e-mail address is confirmed.
    pub verified: bool,
}

impl From<&users::Model> for UserView {
    fn from(user: &users::Model) -> Self {
        Self {
            id: user.pid,
            name: user.name.clone(),
            email: user.email.clone(),
            verified: user.email_verified_at.is_some(),
        }
    }
}

/// Tokens of a session.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TokenPair {
    /// Access token for the header `Authorization: Bearer TOKEN`.
    pub access_token: String,
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    pub expires_in: i64,
    /// Refresh token, which is exchanged once for new tokens.
    pub refresh_token: String,
    pub user: UserView,
}

impl TokenPair {
    /// Creates the response from the tokens and their user.
    #[must_use]
    pub fn new(access_token: String, expires_in: i64, refresh_token: String, user: &users::Model) -> Self {
        Self { access_token, token_type: "Bearer", expires_in, refresh_token, user: user.into() }
    }
}
