//! Whatever the concurrency, in one process or several, exactly as many are admitted as the policy says.

use std::{
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Instant,
};

use futures_util::future::join_all;
use redis::AsyncCommands;
use sliding_window::{Decision, LimitRequest, Policy, RedisStore, Store};

use super::{CONNECT_TIMEOUT, connected, policy, secret};
use crate::support::redis::url;

/// Anything that admits or refuses: the store, and the broken twin beside it.
trait Limiter {
    async fn admits(&self, key: &str) -> bool;
}

struct Exact {
    store: RedisStore,
    policy: Policy,
}

impl Limiter for Exact {
    async fn admits(&self, key: &str) -> bool {
        let requests = [LimitRequest { policy: &self.policy, key }];
        matches!(self.store.decide(&requests, Instant::now()).await.unwrap(), Decision::Admitted(_))
    }
}

/// Looks, and then counts, in two commands: what is true of each is not true of both.
struct LookThenCount {
    server: redis::aio::MultiplexedConnection,
    policy: Policy,
}

impl Limiter for LookThenCount {
    async fn admits(&self, key: &str) -> bool {
        let mut server = self.server.clone();
        let held: Option<u32> = server.get(key).await.unwrap();
        let fits = held.unwrap_or(0) < self.policy.requests().get();
        if fits {
            let () = server.incr(key, 1).await.unwrap();
            let () = server.expire(key, 60).await.unwrap();
        }
        fits
    }
}

/// How many of so many calls at once, spread over the limiters, are admitted for one key.
async fn admitted(limiters: &[impl Limiter], key: &str, calls: usize) -> u32 {
    let count = AtomicU32::new(0);
    join_all((0..calls).map(|call| {
        let limiter = &limiters[call % limiters.len()];
        async { count.fetch_add(u32::from(limiter.admits(key).await), Relaxed) }
    }))
    .await;
    count.into_inner()
}

async fn exact(url: &str, secret: &[u8], requests: u32) -> Exact {
    Exact { store: connected(url, secret, CONNECT_TIMEOUT).await, policy: policy(requests, 60) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_at_once_admit_exactly_the_limit_on_every_run() {
    let Some(url) = url() else { return };
    let limiters = [exact(&url, &secret(), 5).await];
    for run in 0..200 {
        assert_eq!(admitted(&limiters, &run.to_string(), 1000).await, 5, "run {run}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_with_five_hundred_calls_each_admit_exactly_the_limit_together() {
    let Some(url) = url() else { return };
    let secret = secret();
    let limiters = [exact(&url, &secret, 7).await, exact(&url, &secret, 7).await];
    for run in 0..200 {
        assert_eq!(admitted(&limiters, &run.to_string(), 1000).await, 7, "run {run}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_check_catches_a_twin_that_looks_and_then_counts() {
    let Some(url) = url() else { return };
    let server = redis::Client::open(url).unwrap();
    let mut twins = Vec::new();
    for _ in 0..2 {
        let server = server.get_multiplexed_async_connection().await.unwrap();
        twins.push(LookThenCount { server, policy: policy(7, 60) });
    }
    let key = format!("twin-{}", uuid::Uuid::now_v7());
    assert!(admitted(&twins, &key, 1000).await > 7, "every call that looked before another counted got through");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_refunds_and_calls_at_once_leave_no_trace() {
    let Some(url) = url() else { return };
    let Exact { store, policy } = exact(&url, &secret(), 1000).await;
    join_all((0..1000).map(|_| async {
        let requests = [LimitRequest { policy: &policy, key: "a" }];
        let Decision::Admitted(grants) = store.decide(&requests, Instant::now()).await.unwrap() else {
            panic!("refused")
        };
        for grant in grants {
            assert!(store.refund(grant.receipt).await.unwrap());
        }
    }))
    .await;
    assert!(!store.clear(LimitRequest { policy: &policy, key: "a" }).await.unwrap());
}
