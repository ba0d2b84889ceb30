//! Measures the duration of a password hash on this machine at boot.

use std::{ops::RangeInclusive, time::Duration};

use async_trait::async_trait;
use loco_rs::{
    Result,
    app::{AppContext, Initializer},
};

use crate::services::Services;

/// Sensible duration of a password hash, in milliseconds. A faster hash makes brute force cheap for an attacker. A
/// slower hash makes logins slow, and denial of service cheap.
const SENSIBLE: RangeInclusive<u128> = 10..=500;

/// Initializer that measures one password hash. Logs a warning if the duration is not sensible.
pub struct PasswordHashBenchmark;

#[async_trait]
impl Initializer for PasswordHashBenchmark {
    fn name(&self) -> String {
        "password-hash-benchmark".to_owned()
    }

    async fn before_run(&self, ctx: &AppContext) -> Result<()> {
        let services = Services::of(ctx);
        let duration = services.auth.hasher.measure().await.ok();
        report(duration, services.settings.passwords.hashing_patience_seconds);
        Ok(())
    }
}

fn is_sensible(duration: Duration) -> bool {
    SENSIBLE.contains(&duration.as_millis())
}

fn report(duration: Option<Duration>, timeout: u64) {
    const EVENT: &str = "hashing_cost";
    match duration {
        Some(duration) if is_sensible(duration) => {
            tracing::info!(event = EVENT, milliseconds = duration.as_secs_f64() * 1000.0, "measured a password hash");
        }
        Some(duration) => tracing::warn!(
            event = EVENT,
            milliseconds = duration.as_secs_f64() * 1000.0,
            "password hash did not take 10 to 500 ms: change PASSWORD_HASHING_MEMORY_KIBIBYTES or \
             PASSWORD_HASHING_PASSES"
        ),
        None => tracing::warn!(event = EVENT, "a password hash takes more than {timeout} s: logins fail"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_duration_is_sensible_from_ten_to_five_hundred_milliseconds() {
        for (milliseconds, sensible) in [(0, false), (9, false), (10, true), (15, true), (500, true), (501, false)] {
            assert_eq!(is_sensible(Duration::from_millis(milliseconds)), sensible, "{milliseconds}");
        }
    }
}
