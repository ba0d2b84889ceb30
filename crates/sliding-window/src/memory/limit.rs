//! Numbers of a policy, and of a charged admission, in microseconds.

use super::super::Policy;

/// Microseconds: a point in time since the store's epoch, or a duration. 48 bits last nine years.
pub type Micros = u64;

/// The numbers of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub requests: u32,
    pub window: Micros,
}

impl Limit {
    /// Returns the numbers of a policy in the units of the store.
    pub fn of(policy: &Policy) -> Self {
        let window = policy.window();
        // Rounds up, because a window may be a microsecond too long, but never too short.
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
