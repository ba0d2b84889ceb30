//! Tests of concurrency: one or several processes admit exactly as many requests as the policy permits.

use std::{
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Instant,
};

use futures_util::future::join_all;
use redis::AsyncCommands;
use sliding_window::{Decision, LimitRequest, Policy, RedisStore, Store};

use super::{CONNECT_TIMEOUT, connected, policy, secret};
use crate::support::redis::url;

/// Limiter under test: the store, or a broken implementation for comparison.
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

/// Broken implementation for comparison: checks and counts in two separate commands.
struct CheckThenCount {
    server: redis::aio::MultiplexedConnection,
    policy: Policy,
}

impl Limiter for CheckThenCount {
    async fn admits(&self, key: &str) -> bool {
        let mut server = self.server.clone();
        let count: Option<u32> = server.get(key).await.unwrap();
        let admitted = count.unwrap_or(0) < self.policy.requests().get();
        if admitted {
            let () = server.incr(key, 1).await.unwrap();
            let () = server.expire(key, 60).await.unwrap();
        }
        admitted
    }
}

/// Sends `calls` concurrent calls for one key, spread over the limiters. Returns the number of admissions.
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
async fn concurrent_calls_admit_exactly_the_limit() {
    let Some(url) = url() else { return };
    let limiters = [exact(&url, &secret(), 5).await];
    for run in 0..200 {
        assert_eq!(admitted(&limiters, &run.to_string(), 1000).await, 5, "run {run}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_admit_exactly_the_limit_together() {
    let Some(url) = url() else { return };
    let secret = secret();
    let limiters = [exact(&url, &secret, 7).await, exact(&url, &secret, 7).await];
    for run in 0..200 {
        assert_eq!(admitted(&limiters, &run.to_string(), 1000).await, 7, "run {run}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_then_count_admits_more_than_the_limit() {
    let Some(url) = url() else { return };
    let server = redis::Client::open(url).unwrap();
    let mut limiters = Vec::new();
    for _ in 0..2 {
        let server = server.get_multiplexed_async_connection().await.unwrap();
        limiters.push(CheckThenCount { server, policy: policy(7, 60) });
    }
    let key = format!("check-then-count-{}", uuid::Uuid::now_v7());
    assert!(admitted(&limiters, &key, 1000).await > 7, "the race did not occur");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_refunds_leave_no_admission() {
    let Some(url) = url() else { return };
    let Exact { store, policy } = exact(&url, &secret(), 1000).await;
    join_all((0..1000).map(|_| async {
        let requests = [LimitRequest { policy: &policy, key: "a" }];
        let Decision::Admitted(grants) = store.decide(&requests, Instant::now()).await.unwrap() else {
            panic!("unexpected rejection")
        };
        for grant in grants {
            assert!(store.refund(grant.receipt).await.unwrap());
        }
    }))
    .await;
    assert!(!store.clear(LimitRequest { policy: &policy, key: "a" }).await.unwrap());
}
