//! Test helpers of the memory store.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use super::super::super::{Decision, Grant, LimitRequest, LimitStatus, MemoryStore, Policy};

/// Limiter under test: the store, or a broken limiter. Each check must fail for a broken limiter.
pub trait Limiter: Sync {
    fn admits(&self, key: &str, now: Instant) -> bool;
}

/// Memory store with one policy.
pub struct StoreLimiter {
    pub store: MemoryStore,
    pub policy: Policy,
}

impl StoreLimiter {
    pub fn new(policy: Policy, epoch: Instant) -> Self {
        Self { store: MemoryStore::new(100_000, epoch), policy }
    }
}

impl Limiter for StoreLimiter {
    fn admits(&self, key: &str, now: Instant) -> bool {
        decide(&self.store, &self.policy, key, now).is_ok()
    }
}

pub fn policy(requests: u32, window_seconds: u64) -> Policy {
    named("login", requests, window_seconds)
}

pub fn named(name: &'static str, requests: u32, window_seconds: u64) -> Policy {
    let requests = NonZeroU32::new(requests).unwrap();
    Policy::new(name, requests, Duration::from_secs(window_seconds)).unwrap()
}

pub fn decide(store: &MemoryStore, policy: &Policy, key: &str, now: Instant) -> Result<Grant, LimitStatus> {
    decide_all(store, &[(policy, key)], now).map(|mut grants| grants.remove(0))
}

pub fn decide_all(store: &MemoryStore, pairs: &[(&Policy, &str)], now: Instant) -> Result<Vec<Grant>, LimitStatus> {
    let requests: Vec<_> = pairs.iter().map(|&(policy, key)| LimitRequest { policy, key }).collect();
    match store.decide_now(&requests, now) {
        Decision::Admitted(grants) => Ok(grants),
        Decision::Rejected(status) => Err(status),
    }
}

pub fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}
