//! Tokens that stand in our forms: each is made from a secret that only this browser's cookie has.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac, digest::Key};
use sha2::{Digest, Sha256};

/// The form's field.
const FIELD: &[u8] = b"csrf_token";
/// Characters of a token: 32 bytes in base64 for addresses.
const LENGTH: usize = 43;

/// Makes and checks tokens. Processes with the same key take each other's.
#[derive(Clone)]
pub struct FormTokens(Arc<Hmac<Sha256>>);

impl FormTokens {
    /// Derives its own key from a secret that is used elsewhere too.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        // A key as long as a block of the hash, so that it is taken as it is (RFC 2104).
        let mut key = Key::<Hmac<Sha256>>::default();
        let digest = Sha256::new().chain_update(b"ballast form tokens\0").chain_update(secret).finalize();
        key[..digest.len()].copy_from_slice(&digest);
        Self(Arc::new(Hmac::new(&key)))
    }

    /// The token for the forms of a browser whose cookie holds this secret.
    #[must_use]
    pub fn issue(&self, secret: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.bound(secret).finalize().into_bytes())
    }

    /// Whether a token was issued for this secret.
    #[must_use]
    pub fn fits(&self, token: &[u8], secret: &str) -> bool {
        // Compared without telling by its time how much of it fits.
        URL_SAFE_NO_PAD.decode(token).is_ok_and(|token| self.bound(secret).verify_slice(&token).is_ok())
    }

    fn bound(&self, secret: &str) -> Hmac<Sha256> {
        self.0.as_ref().clone().chain_update(secret)
    }
}

/// What stands in the beginning of a body where a token would stand: `csrf_token=…` in a form, or the
/// text after the empty line of a part of this name. Nobody else can know one, so its place is enough.
pub fn candidates(beginning: &[u8]) -> impl Iterator<Item = &[u8]> {
    let after = beginning.windows(FIELD.len()).enumerate().filter(|(_, window)| *window == FIELD);
    after.filter_map(|(at, _)| value(&beginning[at + FIELD.len()..]))
}

fn value(rest: &[u8]) -> Option<&[u8]> {
    let value = rest.strip_prefix(b"=").or_else(|| rest.strip_prefix(b"\"\r\n\r\n"))?;
    let end = value.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"-_".contains(byte)));
    let value = &value[..end.unwrap_or(value.len())];
    (value.len() == LENGTH).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_the_secret_it_was_made_for_and_no_other() {
        let tokens = FormTokens::new(b"key");
        let token = tokens.issue("ada");
        assert!(tokens.fits(token.as_bytes(), "ada"));
        assert!(FormTokens::new(b"key").fits(token.as_bytes(), "ada"), "another process takes it");
        assert!(!tokens.fits(token.as_bytes(), "eve") && !FormTokens::new(b"other").fits(token.as_bytes(), "ada"));
        assert!(!tokens.fits(b"", "ada") && !tokens.fits(&token.as_bytes()[..42], "ada"));
    }

    #[test]
    fn a_token_is_found_in_either_kind_of_form() {
        let token = FormTokens::new(b"key").issue("ada");
        let found = |body: String| candidates(body.as_bytes()).any(|sent| sent == token.as_bytes());
        assert!(found(format!("csrf_token={token}")) && found(format!("a=b&csrf_token={token}&c=d")));
        assert!(found(format!("--x\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n{token}\r\n--x--")));
        assert!(!found(format!("token={token}")) && !found(format!("csrf_token={token}a")) && !found(String::new()));
    }
}
