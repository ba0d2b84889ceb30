//! A policy in the store's own time.

use super::super::Policy;

/// Microseconds since the store's birth. 48 bits of them last nine years.
pub type Tick = u64;

/// A policy's numbers, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub requests: u32,
    pub window: Tick,
}

impl Limit {
    pub fn of(policy: &Policy) -> Self {
        let window = policy.window();
        // Rounded up: a window may be a tick too long, never too short.
        let part = Tick::from(window.subsec_nanos().div_ceil(1000));
        Self { requests: policy.requests().get(), window: window.as_secs() * 1_000_000 + part }
    }
}

/// One admission, and where it leaves its key.
#[derive(Debug, Clone, Copy)]
pub struct Charge {
    pub stamp: Tick,
    pub remaining: u32,
    pub reset: Tick,
}
