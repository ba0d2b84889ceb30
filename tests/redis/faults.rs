//! Tests of Redis failures: unreachable, unresponsive or slow server, and truncated replies.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use sliding_window::{Decision, FallbackStore, LimitRequest, RedisStore, Store};

use super::{connected, decide, host, policy, secret, url_at, with_fallback};
use crate::support::{
    proxy::{Mode, Proxy},
    redis::url,
};

/// Redis deadline, longer than in production, because many tests share this machine and replies may be slow.
const DEADLINE: Duration = Duration::from_millis(250);
/// Time between two probes of the circuit breaker.
const OPEN_DURATION: Duration = Duration::from_secs(5);

struct FaultyRedis {
    proxy: Proxy,
    store: FallbackStore<RedisStore>,
}

impl FaultyRedis {
    async fn new() -> Option<Self> {
        let url = url()?;
        let proxy = Proxy::start(&host(&url)).await;
        let store = with_fallback(connected(&url_at(&url, proxy.address), &secret(), DEADLINE).await);
        Some(Self { proxy, store })
    }

    /// Probes Redis after each open interval, until the store uses Redis again.
    async fn recovers(&self) {
        for interval in 1..100 {
            if self.store.check(Instant::now() + OPEN_DURATION * interval).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the store did not recover");
    }

    /// Repeats decisions until Redis decides, because a reply can be too late on a busy machine.
    async fn decides_again(&self) {
        for key in 0..20 {
            let before = self.store.report().fallbacks;
            assert!(decide(&self.store, &policy(5, 60), &key.to_string()).await.is_ok());
            if self.store.report().fallbacks == before {
                return;
            }
        }
        panic!("Redis did not decide again");
    }
}

#[tokio::test]
async fn store_enforces_the_limit_during_every_fault_and_recovers() {
    let faults = [Mode::Refuse, Mode::Hang, Mode::Delay(Duration::from_secs(2)), Mode::Cut(10), Mode::Cut(0)];
    for fault in faults {
        let Some(redis) = FaultyRedis::new().await else { return };
        let login = policy(5, 60);
        assert!(decide(&redis.store, &login, "before").await.is_ok());
        redis.proxy.set(fault);
        let mut admitted = 0;
        for _ in 0..100 {
            admitted += u32::from(decide(&redis.store, &login, "a").await.is_ok());
        }
        assert_eq!(admitted, 5, "{fault:?}");
        // Only three requests and a few probes wait until the Redis deadline. All other requests use the fallback
        // immediately.
        let report = redis.store.report();
        assert!(report.fallback_active && (3..=20).contains(&report.errors), "{fault:?}: {report:?}");
        redis.proxy.set(Mode::Pass);
        redis.recovers().await;
        assert!(!redis.store.report().fallback_active, "{fault:?}");
        redis.decides_again().await;
    }
}

#[tokio::test]
async fn redis_counts_the_admissions_of_the_fallback_after_its_recovery() {
    let Some(redis) = FaultyRedis::new().await else { return };
    let login = policy(5, 60);
    redis.proxy.set(Mode::Refuse);
    for _ in 0..3 {
        assert_eq!(decide(&redis.store, &login, "a").await.unwrap().receipt.store(), "memory");
    }
    redis.proxy.set(Mode::Pass);
    redis.recovers().await;
    // A second recovery does not count the admissions of the fallback again.
    redis.recovers().await;
    let mut admitted = 0;
    for _ in 0..10 {
        admitted += u32::from(decide(&redis.store, &login, "a").await.is_ok());
    }
    assert_eq!(admitted, 2);
}

#[tokio::test]
async fn concurrent_requests_wait_for_a_silent_server_together() {
    let Some(redis) = FaultyRedis::new().await else { return };
    redis.proxy.set(Mode::Hang);
    let login = policy(5, 60);
    let all = join_all((0..500).map(|_| decide(&redis.store, &login, "a")));
    // The waits would take two minutes if they were sequential.
    let responses = tokio::time::timeout(Duration::from_mins(1), all).await.expect("requests must wait concurrently");
    assert_eq!(responses.iter().filter(|response| response.is_ok()).count(), 5);
}

/// Each command of a batch has a different limit, so that a reply matches only one command.
#[tokio::test]
async fn replies_match_their_commands_during_ten_thousand_commands_with_faults() {
    let Some(url) = url() else { return };
    let proxy = Proxy::start(&host(&url)).await;
    let store = connected(&url_at(&url, proxy.address), &secret(), Duration::from_millis(100)).await;
    let (mut succeeded, mut failed) = (0_u32, 0_u32);
    let faults = [
        Mode::Pass,
        Mode::Delay(Duration::from_millis(50)),
        Mode::Pass,
        Mode::Hang,
        Mode::Cut(1000),
        Mode::Delay(Duration::from_millis(200)),
        Mode::Pass,
        Mode::Cut(77),
    ];
    for round in 0..200_u32 {
        proxy.set(faults[round as usize % faults.len()]);
        let batch = join_all((1..=50_u32).map(|requests| {
            let store = &store;
            async move {
                let limit = policy(requests + 1, 60);
                let key = format!("{round}-{requests}");
                (requests, store.decide(&[LimitRequest { policy: &limit, key: &key }], Instant::now()).await)
            }
        }));
        for (requests, response) in batch.await {
            match response {
                // The number of remaining admissions is unique to each limit, and thus identifies the command.
                Ok(Decision::Admitted(grants)) => {
                    assert_eq!(grants[0].status.remaining(), requests);
                    succeeded += 1;
                }
                Ok(Decision::Rejected(status)) => panic!("{status:?} for the first request of a key"),
                Err(_) => failed += 1,
            }
        }
        if !store.wait_until_connected(Duration::from_millis(20)).await {
            proxy.set(Mode::Pass);
            store.wait_until_connected(Duration::from_secs(2)).await;
        }
    }
    assert_eq!(succeeded + failed, 10_000);
    assert!(succeeded > 1000 && failed > 1000, "{succeeded} succeeded, {failed} failed");
    assert!(proxy.connections() > 10, "broken connections must be replaced");
}

#[tokio::test]
async fn store_recovers_if_redis_starts_later() {
    let Some(url) = url() else { return };
    let proxy = Proxy::start(&host(&url)).await;
    proxy.set(Mode::Refuse);
    let store = RedisStore::open(&url_at(&url, proxy.address), &secret(), DEADLINE).unwrap();
    assert!(!store.wait_until_connected(Duration::from_millis(100)).await);
    let redis = FaultyRedis { store: with_fallback(store), proxy };
    redis.store.start_in_fallback(Instant::now());
    assert!(decide(&redis.store, &policy(5, 60), "a").await.is_ok());
    redis.proxy.set(Mode::Pass);
    redis.recovers().await;
}
