//! Device tokens. A device token proves that a device has logged in to an account before. The token is valid only while
//! the device has a row in `devices`.
//!
//! A device token does not replace the password. The token gives the device a separate login limit (OWASP: device
//! cookies). An attacker who uses up the login limit of the account therefore does not lock out the owner.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::{crypto::derived_key::DerivedKey, errors::AppResult};

/// Number of days for which a device or a client network is trusted after a login.
pub const TRUST_DAYS: i64 = 30;

const ID_BYTES: usize = 16;
const TIME_BYTES: usize = 8;

/// Issues and verifies device tokens. Processes with the same secret accept each other's tokens.
#[derive(Clone)]
pub struct DeviceTokens(DerivedKey);

impl DeviceTokens {
    /// Derives the key from the application's secret.
    ///
    /// # Errors
    /// `internal_error` if the key cannot be derived.
    pub fn new(secret: &[u8]) -> AppResult<Self> {
        DerivedKey::derive(secret, "device-token").map(Self)
    }

    /// Returns a new device token for a device that an account trusts from now on.
    #[must_use]
    pub fn issue(&self, device: Uuid, account: &str, now: DateTime<Utc>) -> String {
        let mut token = [device.as_bytes().as_slice(), &now.timestamp().to_be_bytes()].concat();
        let code = self.0.code(&message(&token, account));
        token.extend(code);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Returns the ID of the device if the token was issued for this account in the last 30 days. Does not check
    /// whether the account still trusts the device.
    #[must_use]
    pub fn verify(&self, token: &str, account: &str, now: DateTime<Utc>) -> Option<Uuid> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (payload, code) = bytes.split_at_checked(ID_BYTES + TIME_BYTES)?;
        let (id, time) = payload.split_at(ID_BYTES);
        let issued = DateTime::from_timestamp(i64::from_be_bytes(time.try_into().ok()?), 0)?;
        let valid = self.0.verify(&message(payload, account), code) && now < issued + Duration::days(TRUST_DAYS);
        valid.then(|| Uuid::from_slice(id).ok()).flatten()
    }
}

/// Returns the bytes that a token authenticates. The payload has a fixed length, so that no part of the account can
/// pass as payload.
fn message(payload: &[u8], account: &str) -> Vec<u8> {
    [payload, account.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_token_is_valid_for_its_account_for_thirty_days() {
        let (tokens, id) = (DeviceTokens::new(b"secret").unwrap(), Uuid::now_v7());
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let token = tokens.issue(id, "ada@example.org", now);
        let verify =
            |token: &str, account: &str, seconds| tokens.verify(token, account, now + Duration::seconds(seconds));
        assert_eq!(verify(&token, "ada@example.org", 0), Some(id));
        assert_eq!(verify(&token, "ada@example.org", 30 * 86_400 - 1), Some(id));
        assert_eq!(verify(&token, "ada@example.org", 30 * 86_400), None);
        assert_eq!(verify(&token, "eve@example.org", 0), None);
        assert_eq!(DeviceTokens::new(b"another").unwrap().verify(&token, "ada@example.org", now), None);
    }

    #[test]
    fn malformed_device_token_is_invalid() {
        let (tokens, now) =
            (DeviceTokens::new(b"secret").unwrap(), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let token = tokens.issue(Uuid::now_v7(), "ada@example.org", now);
        let mut forged = vec![String::new(), "x".into(), "A".repeat(75), "A".repeat(10_000), token[..40].into()];
        forged.extend([token[1..].to_owned(), format!("{token}="), format!("{token}AAAA"), token.to_lowercase()]);
        for token in forged {
            assert_eq!(tokens.verify(&token, "ada@example.org", now), None, "{token}");
        }
    }
}
