//! Accounts on the wire.

use serde::Serialize;
use uuid::Uuid;

use crate::models::users;

/// What everybody sees who opens an account, whether or not they had one.
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

/// A user as they see themselves.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UserView {
    pub id: Uuid,
    #[schema(example = "Ada Lovelace")]
    pub name: String,
    #[schema(example = "ada@example.org")]
    pub email: String,
    /// Whether the address has been shown to be theirs.
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

/// What signing in gives.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TokenPair {
    /// Goes into `Authorization: Bearer`.
    pub access_token: String,
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds until the access token runs out.
    #[schema(example = 900)]
    pub expires_in: i64,
    /// Gives the next pair, once.
    pub refresh_token: String,
    pub user: UserView,
}

impl TokenPair {
    /// The pair and whose it is.
    #[must_use]
    pub fn new(access_token: String, expires_in: i64, refresh_token: String, user: &users::Model) -> Self {
        Self { access_token, token_type: "Bearer", expires_in, refresh_token, user: user.into() }
    }
}
