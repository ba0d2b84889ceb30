//! Decision of a store, with all data for the response headers and for a refund.

use std::time::Duration;

use super::Policy;

/// Result of one call to [`decide`](super::Store::decide).
#[derive(Debug)]
pub enum Decision {
    /// Every limit was charged. Contains one grant per requested limit, in the order of the requests.
    Admitted(Vec<Grant>),
    /// No limit was charged. Contains the status of the rejecting limit with the longest wait.
    Rejected(LimitStatus),
}

/// One admission under one limit.
#[derive(Debug)]
pub struct Grant {
    /// Status of the key after this admission.
    pub status: LimitStatus,
    /// Charge receipt, with which the caller can refund this admission.
    pub receipt: ChargeReceipt,
}

/// Number of remaining admissions of a key under a policy, and the time until one more admission is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitStatus {
    policy: Policy,
    remaining: u32,
    reset: Duration,
}

impl LimitStatus {
    /// Creates the status of a key that has `remaining` admissions left. One more admission is free after `reset`.
    #[must_use]
    pub const fn new(policy: Policy, remaining: u32, reset: Duration) -> Self {
        Self { policy, remaining, reset }
    }

    #[must_use]
    pub const fn policy(&self) -> Policy {
        self.policy
    }

    /// Returns the number of admissions that remain now. The number is 0 in a rejection.
    #[must_use]
    pub const fn remaining(&self) -> u32 {
        self.remaining
    }

    /// Returns the time until an earlier admission leaves the window, so that one more admission is free.
    #[must_use]
    pub const fn reset(&self) -> Duration {
        self.reset
    }

    /// Returns the value of `Retry-After`: the whole seconds until one more admission is free, rounded up.
    ///
    /// The value is at least 1 and at most the length of the window.
    #[must_use]
    pub const fn retry_after(&self) -> u64 {
        let seconds = whole_seconds(self.reset);
        if seconds == 0 { 1 } else { seconds }
    }

    /// Returns the value of `RateLimit-Policy`, for example `"login";q=5;w=60`.
    #[must_use]
    pub fn policy_header(&self) -> String {
        let window = whole_seconds(self.policy.window());
        format!("\"{}\";q={};w={window}", self.policy.name(), self.policy.requests())
    }

    /// Returns the value of `RateLimit`, for example `"login";r=4;t=37`.
    #[must_use]
    pub fn limit_header(&self) -> String {
        format!("\"{}\";r={};t={}", self.policy.name(), self.remaining, self.retry_after())
    }
}

/// Converts a duration to whole seconds. Rounds up, because a client must not retry too early.
const fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + (duration.subsec_nanos() > 0) as u64
}

/// Charge receipt: identifies one admission, so that a refund removes exactly this admission.
///
/// A refund consumes the charge receipt, and a charge receipt cannot be copied. No admission is therefore
/// refunded twice. Dropping the charge receipt leaves the admission charged.
#[derive(Debug)]
pub struct ChargeReceipt {
    pub(super) store: &'static str,
    pub(super) policy: Policy,
    /// Hash of the key in the store that charged the admission. `None` if the policy's overflow bucket was charged.
    pub(super) key_hash: Option<u128>,
    /// Distinguishes this admission from other admissions of the key. Contains the admission time in the memory
    /// store, and an ID in the Redis store.
    pub(super) admission: u64,
}

impl ChargeReceipt {
    /// Returns the name of the store that charged the admission. Only this store can refund the admission.
    #[must_use]
    pub const fn store(&self) -> &'static str {
        self.store
    }

    #[must_use]
    pub const fn policy(&self) -> Policy {
        self.policy
    }
}
