//! Says what a password's hash costs on this machine.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use async_trait::async_trait;
use loco_rs::{
    Result,
    app::{AppContext, Initializer},
};

use crate::{password::Hasher, settings::Settings};

/// Milliseconds of a hash: below, guessing is cheap; above, signing in is slow and a storm of it cheap.
const SENSIBLE: RangeInclusive<u128> = 10..=500;

/// Measures one hash at the start, and warns where it is not sensible.
pub struct HashingCost;

#[async_trait]
impl Initializer for HashingCost {
    fn name(&self) -> String {
        "hashing-cost".to_owned()
    }

    async fn before_run(&self, ctx: &AppContext) -> Result<()> {
        let store = &ctx.shared_store;
        let (Some(hasher), Some(settings)) = (store.get::<Hasher>(), store.get::<Arc<Settings>>()) else {
            return Ok(());
        };
        tell(hasher.measure().await.ok(), settings.passwords.hashing_patience_seconds);
        Ok(())
    }
}

fn is_sensible(took: Duration) -> bool {
    SENSIBLE.contains(&took.as_millis())
}

fn tell(took: Option<Duration>, patience: u64) {
    const EVENT: &str = "hashing_cost";
    match took {
        Some(took) if is_sensible(took) => {
            tracing::info!(event = EVENT, milliseconds = took.as_secs_f64() * 1000.0, "a password's hash was measured");
        }
        Some(took) => tracing::warn!(
            event = EVENT,
            milliseconds = took.as_secs_f64() * 1000.0,
            "a password's hash should take 10 to 500 ms: see PASSWORD_HASHING_MEMORY_KIBIBYTES and PASSWORD_HASHING_PASSES"
        ),
        None => tracing::warn!(event = EVENT, "a password's hash takes more than {patience} s: nobody can sign in"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_to_five_hundred_milliseconds_are_sensible() {
        for (milliseconds, sensible) in [(0, false), (9, false), (10, true), (15, true), (500, true), (501, false)] {
            assert_eq!(is_sensible(Duration::from_millis(milliseconds)), sensible, "{milliseconds}");
        }
    }
}
