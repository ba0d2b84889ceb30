//! What a store decided, with everything the answer's headers need.

use std::time::Duration;

use super::Policy;

/// The verdict on one request: all of its limits admit it, or none is charged.
#[derive(Debug)]
pub enum Decision {
    /// Charged under every limit asked for; one grant each, in the order of asking.
    Admitted(Vec<Grant>),
    /// Nothing was charged; of the limits that refuse, this is the one with the longest wait.
    Refused(Standing),
}

/// One admission under one limit.
#[derive(Debug)]
pub struct Grant {
    /// Where the key stands after this admission.
    pub standing: Standing,
    /// What gives the admission back.
    pub receipt: Receipt,
}

/// Where a key stands under a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    policy: Policy,
    remaining: u32,
    reset: Duration,
}

impl Standing {
    /// `remaining` admissions are left, and `reset` is how long until one more is.
    #[must_use]
    pub const fn new(policy: Policy, remaining: u32, reset: Duration) -> Self {
        Self { policy, remaining, reset }
    }

    /// The policy counted under.
    #[must_use]
    pub const fn policy(&self) -> Policy {
        self.policy
    }

    /// Admissions left now; 0 in a refusal.
    #[must_use]
    pub const fn remaining(&self) -> u32 {
        self.remaining
    }

    /// How long until the oldest admission leaves the window and one more is allowed.
    #[must_use]
    pub const fn reset(&self) -> Duration {
        self.reset
    }

    /// Whole seconds after which one more is admitted, rounded up: at least 1, at most the window.
    /// The value of `Retry-After` in a refusal.
    #[must_use]
    pub const fn retry_after(&self) -> u64 {
        let seconds = whole_seconds(self.reset);
        if seconds == 0 { 1 } else { seconds }
    }

    /// The value of `RateLimit-Policy`: `"login";q=5;w=60`.
    #[must_use]
    pub fn policy_header(&self) -> String {
        let window = whole_seconds(self.policy.window());
        format!("\"{}\";q={};w={window}", self.policy.name(), self.policy.requests())
    }

    /// The value of `RateLimit`: `"login";r=4;t=37`.
    #[must_use]
    pub fn limit_header(&self) -> String {
        format!("\"{}\";r={};t={}", self.policy.name(), self.remaining, self.retry_after())
    }
}

/// Rounded up, so that whoever waits this long has waited long enough.
const fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + (duration.subsec_nanos() > 0) as u64
}

/// Names one admission, so that exactly this one can be given back. It cannot be copied and giving
/// back consumes it, so nothing is given back twice; dropping it leaves the admission charged.
#[derive(Debug)]
pub struct Receipt {
    pub(super) store: &'static str,
    pub(super) policy: Policy,
    /// The key's digest in that store; none when the policy's shared key was charged.
    pub(super) digest: Option<u128>,
    /// What tells this admission from the key's others, in the store's own count.
    pub(super) stamp: u64,
}

impl Receipt {
    /// The name of the store that charged; no other can give back.
    #[must_use]
    pub const fn store(&self) -> &'static str {
        self.store
    }

    /// The policy charged under.
    #[must_use]
    pub const fn policy(&self) -> Policy {
        self.policy
    }
}
