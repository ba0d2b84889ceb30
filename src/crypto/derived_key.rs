//! Derives one key per purpose from the secret of the application with HKDF (RFC 5869).

use hkdf::Hkdf;
use hmac::{Hmac, Mac, digest::Key};
use sha2::Sha256;

use crate::errors::{AppError, AppResult};

/// Length of a message authentication code, in bytes.
pub const CODE_BYTES: usize = 32;
/// Length of a raw key, in bytes.
pub const KEY_BYTES: usize = 32;

/// Key that authenticates messages (HMAC-SHA-256). Processes with the same secret derive the same key.
#[derive(Clone)]
pub struct DerivedKey(Hmac<Sha256>);

impl DerivedKey {
    /// Derives the key for a purpose from the secret of the application.
    ///
    /// # Errors
    /// `internal_error` if HKDF fails. HKDF fails only for keys of more than 8,160 bytes, and this key has 64 bytes.
    pub fn derive(secret: &[u8], purpose: &str) -> AppResult<Self> {
        // The key has the length of one hash block, so that HMAC uses the key unchanged (RFC 2104).
        let mut key = Key::<Hmac<Sha256>>::default();
        expand(secret, purpose, &mut key)?;
        Ok(Self(Hmac::new(&key)))
    }

    /// Returns the authentication code of a message.
    #[must_use]
    pub fn code(&self, message: &[u8]) -> [u8; CODE_BYTES] {
        self.0.clone().chain_update(message).finalize().into_bytes().into()
    }

    /// Returns whether `code` authenticates the message. The comparison takes constant time.
    #[must_use]
    pub fn verify(&self, message: &[u8], code: &[u8]) -> bool {
        self.0.clone().chain_update(message).verify_slice(code).is_ok()
    }
}

/// Derives the key for a purpose as raw bytes, for a library that requires the bytes of a key.
///
/// # Errors
/// Returns the errors of [`DerivedKey::derive`].
pub fn derive_bytes(secret: &[u8], purpose: &str) -> AppResult<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    expand(secret, purpose, &mut key)?;
    Ok(key)
}

fn expand(secret: &[u8], purpose: &str, key: &mut [u8]) -> AppResult<()> {
    let hkdf = Hkdf::<Sha256>::new(None, secret);
    let expanded = hkdf.expand_multi_info(&[b"ballast/v1/", purpose.as_bytes()], key);
    expanded.map_err(|error| AppError::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_valid_only_for_its_message_secret_and_purpose() {
        let key = |secret: &[u8], purpose| DerivedKey::derive(secret, purpose).unwrap();
        let code = key(b"secret", "one").code(b"message");
        assert!(key(b"secret", "one").verify(b"message", &code));
        assert!(!key(b"secret", "one").verify(b"messagf", &code));
        assert!(!key(b"secret", "two").verify(b"message", &code));
        assert!(!key(b"secreu", "one").verify(b"message", &code));
        assert!(!key(b"secret", "one").verify(b"message", &code[1..]));
    }

    #[test]
    fn raw_keys_differ_by_purpose() {
        assert_ne!(derive_bytes(b"secret", "one").unwrap(), derive_bytes(b"secret", "two").unwrap());
    }
}
