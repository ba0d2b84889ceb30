//! Tests of rate limits in Redis, which several processes share, and of the fallback without Redis.
//!
//! The tests need the Redis server of `TEST_REDIS_URL`. They pass without a check if the variable is not set.

mod faults;
mod racing;
mod service;
mod store;

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use sliding_window::{
    Decision, FallbackStore, Grant, LimitRequest, LimitStatus, MemoryStore, Policy, RedisStore, Store,
};
use uuid::Uuid;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

fn policy(requests: u32, window_seconds: u64) -> Policy {
    named("login", requests, window_seconds)
}

fn named(name: &'static str, requests: u32, window_seconds: u64) -> Policy {
    Policy::new(name, NonZeroU32::new(requests).unwrap(), Duration::from_secs(window_seconds)).unwrap()
}

/// Returns a secret that is unique to this test, so that the key names are also unique.
fn secret() -> Vec<u8> {
    Uuid::now_v7().into_bytes().to_vec()
}

/// Returns a store with a separate, established connection.
async fn connected(url: &str, secret: &[u8], deadline: Duration) -> RedisStore {
    let store = RedisStore::open(url, secret, deadline).unwrap();
    assert!(store.wait_until_connected(CONNECT_TIMEOUT).await, "no Redis at TEST_REDIS_URL");
    store
}

fn with_fallback(store: RedisStore) -> FallbackStore<RedisStore> {
    FallbackStore::new(store, MemoryStore::new(100_000, Instant::now()))
}

async fn decide(store: &impl Store, policy: &Policy, key: &str) -> Result<Grant, LimitStatus> {
    decide_all(store, &[(policy, key)]).await.map(|mut grants| grants.remove(0))
}

async fn decide_all(store: &impl Store, pairs: &[(&Policy, &str)]) -> Result<Vec<Grant>, LimitStatus> {
    let requests: Vec<_> = pairs.iter().map(|&(policy, key)| LimitRequest { policy, key }).collect();
    match store.decide(&requests, Instant::now()).await.expect("the store must decide") {
        Decision::Admitted(grants) => Ok(grants),
        Decision::Rejected(status) => Err(status),
    }
}

/// Returns `url` with `address` in place of its host and port.
fn url_at(url: &str, address: std::net::SocketAddr) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let credentials = authority.rsplit_once('@').map_or(String::new(), |(credentials, _)| format!("{credentials}@"));
    format!("{scheme}://{credentials}{address}/{path}")
}

/// Returns the host and the port of a URL.
fn host(url: &str) -> String {
    let rest = url.split_once("://").unwrap().1;
    let authority = rest.split('/').next().unwrap();
    let host = authority.rsplit('@').next().unwrap();
    if host.contains(':') { host.to_owned() } else { format!("{host}:6379") }
}
