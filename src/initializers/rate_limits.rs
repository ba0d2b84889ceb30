//! Builds the rate limits and checks that every policy in use is configured.

use std::{
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use loco_rs::{Error, Result};
use sliding_window::{FallbackStore, MemoryStore, RedisStore, Store};

use crate::{
    controllers,
    crypto::derived_key::derive_bytes,
    models::users::account_limits,
    rate_limits::RateLimits,
    settings::{Settings, StoreKind},
};

/// Maximum time that the boot waits for Redis. After this time, the fallback is active.
const REDIS_START_TIMEOUT: Duration = Duration::from_secs(1);

/// Opens the rate-limit store and builds the policies. Processes with the same `secret` share their counts in Redis.
///
/// # Errors
/// Returns an error if a policy is out of range or `REDIS_URL` is invalid. Also returns an error if a route or a model
/// uses a policy that is not configured.
pub async fn open(settings: &Settings, secret: &[u8]) -> Result<RateLimits> {
    let now = Instant::now();
    let memory = MemoryStore::new(settings.rate_limits.max_keys, now);
    let store: Arc<dyn Store> = match settings.rate_limits.store {
        StoreKind::Memory => Arc::new(memory),
        StoreKind::Redis => Arc::new(shared(settings, secret, memory, now).await?),
    };
    let limits = RateLimits::new(&settings.rate_limits, store).map_err(Error::msg)?;
    check_configured(
        &limits,
        controllers::api::routes().iter().flat_map(controllers::routing::api::ApiRoutes::policies),
    )?;
    check_configured(&limits, controllers::web::routes().limits().map(|(_, policy)| policy))?;
    check_configured(&limits, [controllers::extractors::USER_POLICY].into_iter())?;
    check_configured(&limits, account_limits::POLICIES.into_iter())?;
    Ok(limits)
}

async fn shared(
    settings: &Settings,
    secret: &[u8],
    memory: MemoryStore,
    now: Instant,
) -> Result<FallbackStore<RedisStore>> {
    let deadline = Duration::from_millis(settings.rate_limits.redis_deadline_milliseconds);
    let key = derive_bytes(secret, "rate-limit-key").map_err(Error::msg)?;
    // The error does not contain the Redis URL, because the URL may contain a password.
    let redis = RedisStore::open(settings.redis_url.reveal(), &key, deadline)
        .map_err(|_| Error::string("REDIS_URL must be a Redis address such as redis://host:6379"))?;
    let connected = redis.wait_until_connected(REDIS_START_TIMEOUT).await;
    let replicas = NonZeroU32::new(settings.production.replicas).unwrap_or(NonZeroU32::MIN);
    let store = FallbackStore::new(redis, memory).shared_by(replicas);
    if !connected {
        store.start_in_fallback(now);
    }
    Ok(store)
}

fn check_configured<'a>(limits: &RateLimits, mut names: impl Iterator<Item = &'a str>) -> Result<()> {
    match names.find(|name| limits.policy(name).is_none()) {
        None => Ok(()),
        Some(name) => Err(Error::Message(format!("rate-limit policy `{name}` is used by a route but not configured"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Quota, RateLimitSettings};

    #[test]
    fn boot_fails_when_a_policy_is_not_configured() {
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
        assert!(check_configured(&limits, ["login", "upload"].into_iter()).is_ok());
        let error = check_configured(&limits, ["login", "logn"].into_iter()).unwrap_err();
        assert!(error.to_string().contains("`logn`"), "{error}");
    }
}
