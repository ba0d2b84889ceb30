//! Short words for what the tests do all the time.

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use super::super::super::{Ask, Decision, Grant, MemoryStore, Policy, Standing};

/// Anything that admits or refuses: the store, and the broken twins beside it.
pub trait Limiter: Sync {
    fn admits(&self, key: &str, now: Instant) -> bool;
}

/// The store under one policy.
pub struct Exact {
    pub store: MemoryStore,
    pub policy: Policy,
}

impl Exact {
    pub fn new(policy: Policy, birth: Instant) -> Self {
        Self { store: MemoryStore::new(100_000, birth), policy }
    }
}

impl Limiter for Exact {
    fn admits(&self, key: &str, now: Instant) -> bool {
        ask(&self.store, &self.policy, key, now).is_ok()
    }
}

pub fn policy(requests: u32, window_seconds: u64) -> Policy {
    named("login", requests, window_seconds)
}

pub fn named(name: &'static str, requests: u32, window_seconds: u64) -> Policy {
    let requests = NonZeroU32::new(requests).unwrap();
    Policy::new(name, requests, Duration::from_secs(window_seconds)).unwrap()
}

pub fn ask(store: &MemoryStore, policy: &Policy, key: &str, now: Instant) -> Result<Grant, Standing> {
    ask_all(store, &[(policy, key)], now).map(|mut grants| grants.remove(0))
}

pub fn ask_all(store: &MemoryStore, pairs: &[(&Policy, &str)], now: Instant) -> Result<Vec<Grant>, Standing> {
    let asks: Vec<_> = pairs.iter().map(|&(policy, key)| Ask { policy, key }).collect();
    match store.decide_now(&asks, now) {
        Decision::Admitted(grants) => Ok(grants),
        Decision::Refused(standing) => Err(standing),
    }
}

pub fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub fn secs(count: u64) -> Duration {
    Duration::from_secs(count)
}
