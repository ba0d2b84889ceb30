//! CSRF tokens of forms. A CSRF token is the message authentication code of a secret in the browser's cookie.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::derived_key::DerivedKey;
use crate::errors::AppResult;

/// Issues and verifies CSRF tokens. Processes with the same secret accept each other's tokens.
#[derive(Clone)]
pub struct CsrfTokens(Arc<DerivedKey>);

impl CsrfTokens {
    /// Derives the key of CSRF tokens from the secret of the application.
    ///
    /// # Errors
    /// `internal_error` if the key cannot be derived.
    pub fn new(secret: &[u8]) -> AppResult<Self> {
        Ok(Self(Arc::new(DerivedKey::derive(secret, "csrf-token")?)))
    }

    /// Returns the CSRF token for the forms of a browser. `secret` is the secret in the browser's cookie.
    #[must_use]
    pub fn issue(&self, secret: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.0.code(secret.as_bytes()))
    }

    /// Returns whether a token was issued for `secret`. The comparison takes constant time.
    #[must_use]
    pub fn verify(&self, token: &[u8], secret: &str) -> bool {
        URL_SAFE_NO_PAD.decode(token).is_ok_and(|token| self.0.verify(secret.as_bytes(), &token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_valid_only_for_its_secret_and_key() {
        let tokens = CsrfTokens::new(b"key").unwrap();
        let token = tokens.issue("ada");
        assert!(tokens.verify(token.as_bytes(), "ada"));
        assert!(CsrfTokens::new(b"key").unwrap().verify(token.as_bytes(), "ada"), "another process accepts the token");
        assert!(!tokens.verify(token.as_bytes(), "eve"));
        assert!(!CsrfTokens::new(b"other").unwrap().verify(token.as_bytes(), "ada"));
        assert!(!tokens.verify(b"", "ada") && !tokens.verify(&token.as_bytes()[..42], "ada"));
    }
}
