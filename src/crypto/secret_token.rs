//! Random tokens. The database stores only the hash of a token.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::{TryRngCore, rngs::OsRng};

use super::sha256::sha256;
use crate::errors::{AppError, AppResult};

/// Number of random bytes of a token.
const BYTES: usize = 32;

/// Length of a token, in characters: 32 bytes in base64url without padding.
pub const CHARACTERS: usize = 43;

/// A secret token in clear text. The database stores only its [`hash`].
pub struct SecretToken(String);

impl SecretToken {
    /// Creates a token of 256 random bits.
    ///
    /// # Errors
    /// `internal_error` if the operating system provides no random bytes.
    pub fn generate() -> AppResult<Self> {
        let mut bytes = [0; BYTES];
        OsRng.try_fill_bytes(&mut bytes).map_err(AppError::internal)?;
        Ok(Self::from_bytes(&bytes))
    }

    /// Creates a token from bytes that are already secret, such as a message authentication code.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Returns the token in clear text, for the client.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Returns the token in clear text, for the client.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }

    /// Returns the hash that the database stores.
    #[must_use]
    pub fn hash(&self) -> String {
        hash(&self.0)
    }
}

/// Returns the hash that the database stores for a token. One pass of a fast hash is enough, because a token has 256
/// random bits (OWASP ASVS 5.0, 11.4.4).
#[must_use]
pub fn hash(text: &str) -> String {
    sha256(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_have_a_fixed_length() {
        let (first, second) = (SecretToken::generate().unwrap(), SecretToken::generate().unwrap());
        assert_ne!(first.text(), second.text());
        assert_eq!((first.text().len(), first.hash()), (CHARACTERS, hash(first.text())));
    }
}
