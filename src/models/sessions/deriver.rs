//! Derivation of the next refresh token.

use crate::{
    crypto::{derived_key::DerivedKey, secret_token::SecretToken},
    errors::AppResult,
};

/// Derives the next refresh token from a refresh token. Processes with the same secret derive the same tokens.
#[derive(Clone)]
pub struct RefreshTokenDeriver(DerivedKey);

impl RefreshTokenDeriver {
    /// Derives the key from the application's secret.
    ///
    /// # Errors
    /// `internal_error` if the key cannot be derived.
    pub fn new(secret: &[u8]) -> AppResult<Self> {
        DerivedKey::derive(secret, "refresh-token").map(Self)
    }

    /// Returns the next refresh token after `token`.
    pub(super) fn next(&self, token: &str) -> SecretToken {
        SecretToken::from_bytes(&self.0.code(token.as_bytes()))
    }
}
