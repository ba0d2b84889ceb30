//! Limit of a policy and data of a charged admission, with times in microseconds.

use super::super::Policy;

/// Microseconds: a duration, or a time since the store's epoch. 48 bits are enough for almost nine years.
pub type Micros = u64;

/// Number of requests and window of a policy, in the units of the memory store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub requests: u32,
    pub window: Micros,
}

impl Limit {
    /// Converts a policy to a limit.
    pub fn of(policy: &Policy) -> Self {
        let window = policy.window();
        // Rounds up, because a window may be one microsecond too long, but never too short.
        let micros = Micros::from(window.subsec_nanos().div_ceil(1000));
        Self { requests: policy.requests().get(), window: window.as_secs() * 1_000_000 + micros }
    }
}

/// One charged admission, and the resulting status of its key.
#[derive(Debug, Clone, Copy)]
pub struct Charge {
    pub admitted_at: Micros,
    pub remaining: u32,
    pub reset: Micros,
}
