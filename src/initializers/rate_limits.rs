//! Builds the limits: where they are counted, and whether every limit that is declared has numbers.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use loco_rs::{Error, Result};
use sliding_window::{FallbackStore, MemoryStore, RedisStore, Store};

use crate::{
    controllers,
    rate_limits::RateLimits,
    settings::{Settings, StoreKind},
};

/// Time that the start waits for Redis before it continues with the fallback.
const REDIS_START_TIMEOUT: Duration = Duration::from_secs(1);

/// The limits as they are set. Processes with the same `secret` share their counts on Redis.
///
/// # Errors
/// When a policy cannot be made, or one is declared that is not there.
pub async fn open(settings: &Settings, secret: &str) -> Result<RateLimits> {
    let now = Instant::now();
    let memory = MemoryStore::new(settings.rate_limits.max_keys, now);
    let store: Arc<dyn Store> = match settings.rate_limits.store {
        StoreKind::Memory => Arc::new(memory),
        StoreKind::Redis => Arc::new(shared(settings, secret, memory, now).await?),
    };
    let limits = RateLimits::new(&settings.rate_limits, store).map_err(Error::msg)?;
    declared(&limits, controllers::api().iter().flat_map(controllers::api_routes::ApiRoutes::policies))?;
    declared(&limits, controllers::pages::routes().policies())?;
    declared(&limits, [controllers::extractors::USER_POLICY].into_iter())?;
    Ok(limits)
}

async fn shared(
    settings: &Settings,
    secret: &str,
    memory: MemoryStore,
    now: Instant,
) -> Result<FallbackStore<RedisStore>> {
    let deadline = Duration::from_millis(settings.rate_limits.redis_deadline_milliseconds);
    // Nothing of the address is repeated: it may hold a password.
    let redis = RedisStore::open(settings.redis_url.reveal(), secret.as_bytes(), deadline)
        .map_err(|_| Error::string("REDIS_URL cannot be read: give it as in redis://host:6379"))?;
    let connected = redis.wait_until_connected(REDIS_START_TIMEOUT).await;
    let store = FallbackStore::new(redis, memory);
    if !connected {
        store.start_in_fallback(now);
    }
    Ok(store)
}

fn declared<'a>(limits: &RateLimits, mut names: impl Iterator<Item = &'a str>) -> Result<()> {
    match names.find(|name| limits.policy(name).is_none()) {
        None => Ok(()),
        Some(name) => Err(Error::Message(format!("a route declares the limit `{name}`, which has no numbers"))),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::settings::{Quota, RateLimitSettings};

    #[test]
    fn a_limit_without_numbers_stops_the_start() {
        let one = NonZeroU32::MIN;
        let window = Quota { requests: one, window_seconds: one };
        let settings = RateLimitSettings {
            enabled: true,
            store: StoreKind::Memory,
            redis_deadline_milliseconds: 50,
            max_keys: 1000,
            login: window,
            login_pair: window,
            login_account: window,
            register: window,
            recovery: window,
            recovery_account: window,
            token: window,
            password: window,
            refresh: window,
            upload: window,
            typeset: window,
            writes: window,
            report: window,
            user: window,
            mailbox: window,
            mailbox_day: window,
        };
        let store = Arc::new(MemoryStore::new(1000, Instant::now()));
        let limits = RateLimits::new(&settings, store).unwrap();
        assert!(declared(&limits, ["login", "upload"].into_iter()).is_ok());
        let refused = declared(&limits, ["login", "logn"].into_iter()).unwrap_err();
        assert!(refused.to_string().contains("`logn`"), "{refused}");
    }
}
