//! Devices that know an account's password: each keeps a mark that says so, made for one account.
//!
//! The mark lets nobody in. It gives its device guesses of its own, so that whoever uses up an
//! account's guesses from elsewhere does not shut its owner out (OWASP's device cookies).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::crypto::derived_key::DerivedKey;
use crate::errors::{AppError, AppResult};

/// Days for which a device is known after a sign-in.
pub const KNOWN_DAYS: i64 = 30;

const ID_BYTES: usize = 16;
const TIME_BYTES: usize = 8;

/// Makes marks and reads them.
#[derive(Clone)]
pub struct Devices(DerivedKey);

impl Devices {
    /// Processes with the same secret know the same devices.
    pub fn new(secret: &[u8]) -> AppResult<Self> {
        DerivedKey::new(secret, "a known device").map(Self).map_err(AppError::internal)
    }

    /// A mark for the device of this id, on which somebody has just signed in to this account.
    #[must_use]
    pub fn mark(&self, device: Uuid, account: &str, now: DateTime<Utc>) -> String {
        let mut mark = [device.as_bytes().as_slice(), &now.timestamp().to_be_bytes()].concat();
        let code = self.0.code(&message(&mark, account));
        mark.extend(code);
        URL_SAFE_NO_PAD.encode(mark)
    }

    /// The device that carries this mark, where it was made for this account in the last 30 days.
    #[must_use]
    pub fn read(&self, mark: &str, account: &str, now: DateTime<Utc>) -> Option<Uuid> {
        let bytes = URL_SAFE_NO_PAD.decode(mark).ok()?;
        let (said, code) = bytes.split_at_checked(ID_BYTES + TIME_BYTES)?;
        let (id, time) = said.split_at(ID_BYTES);
        let made = DateTime::from_timestamp(i64::from_be_bytes(time.try_into().ok()?), 0)?;
        let known = self.0.fits(&message(said, account), code) && now < made + Duration::days(KNOWN_DAYS);
        known.then(|| Uuid::from_slice(id).ok()).flatten()
    }
}

/// What is said has always the same length, so that nothing of the account can pass as a part of it.
fn message(said: &[u8], account: &str) -> Vec<u8> {
    [said, account.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_for_its_own_account_for_thirty_days() {
        let (devices, id) = (Devices::new(b"secret").unwrap(), Uuid::now_v7());
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mark = devices.mark(id, "ada@example.org", now);
        let read = |mark: &str, account: &str, seconds| devices.read(mark, account, now + Duration::seconds(seconds));
        assert_eq!(read(&mark, "ada@example.org", 0), Some(id));
        assert_eq!(read(&mark, "ada@example.org", 30 * 86_400 - 1), Some(id));
        assert_eq!(read(&mark, "ada@example.org", 30 * 86_400), None);
        assert_eq!(read(&mark, "eve@example.org", 0), None);
        assert_eq!(Devices::new(b"another").unwrap().read(&mark, "ada@example.org", now), None);
    }

    #[test]
    fn what_is_no_mark_is_nobody_s() {
        let (devices, now) = (Devices::new(b"secret").unwrap(), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let mark = devices.mark(Uuid::now_v7(), "ada@example.org", now);
        let mut forged = vec![String::new(), "x".into(), "A".repeat(75), "A".repeat(10_000), mark[..40].into()];
        forged.extend([mark[1..].to_owned(), format!("{mark}="), format!("{mark}AAAA"), mark.to_lowercase()]);
        for mark in forged {
            assert_eq!(devices.read(&mark, "ada@example.org", now), None, "{mark}");
        }
    }
}
