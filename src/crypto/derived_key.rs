//! Keys for one purpose each, made from the service's secret.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Bytes of a code.
pub const CODE_BYTES: usize = 32;

/// Authenticates messages (HMAC-SHA-256); nobody makes a code, or another purpose's key, from one
/// who lacks the secret.
#[derive(Clone)]
pub struct DerivedKey(Hmac<Sha256>);

impl DerivedKey {
    /// The secret's key for a purpose. The same for every process with the same secret.
    ///
    /// # Errors
    /// None: a code of this kind takes keys of any length.
    pub fn new(secret: &[u8], purpose: &str) -> Result<Self, hmac::digest::InvalidLength> {
        let derived = Hmac::<Sha256>::new_from_slice(secret)?.chain_update(purpose).finalize().into_bytes();
        Hmac::new_from_slice(&derived).map(Self)
    }

    /// The code of a message.
    #[must_use]
    pub fn code(&self, message: &[u8]) -> [u8; CODE_BYTES] {
        self.0.clone().chain_update(message).finalize().into_bytes().into()
    }

    /// Whether this is the message's code, in constant time.
    #[must_use]
    pub fn fits(&self, message: &[u8], code: &[u8]) -> bool {
        self.0.clone().chain_update(message).verify_slice(code).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_fits_its_own_message_secret_and_purpose_alone() {
        let key = |secret: &[u8], purpose| DerivedKey::new(secret, purpose).unwrap();
        let code = key(b"secret", "one").code(b"message");
        assert!(key(b"secret", "one").fits(b"message", &code));
        assert!(!key(b"secret", "one").fits(b"messagf", &code));
        assert!(!key(b"secret", "two").fits(b"message", &code));
        assert!(!key(b"secreu", "one").fits(b"message", &code));
        assert!(!key(b"secret", "one").fits(b"message", &code[1..]));
    }
}
