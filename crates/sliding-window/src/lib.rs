//! Rate limiter that counts admissions in sliding windows, in memory or on Redis.
//!
//! The caller passes the time, the policies and the keys. The crate reads no clock of the process. The crate depends
//! on neither HTTP nor configuration. The crate's `README.md` contains guarantees and figures.

mod circuit_breaker;
mod decision;
mod fallback;
mod memory;
mod policy;
mod redis;

#[cfg(test)]
mod tests;

use std::{error::Error, fmt, time::Instant};

use async_trait::async_trait;

pub use decision::{ChargeReceipt, Decision, Grant, LimitStatus};
pub use fallback::FallbackStore;
pub use memory::{MemoryStats, MemoryStore};
pub use policy::{MAX_REQUESTS, MAX_WINDOW, MIN_WINDOW, Policy, PolicyError};
pub use redis::RedisStore;

/// One limit that a request must pass: a policy, and the key that is counted under the policy.
#[derive(Debug, Clone, Copy)]
pub struct LimitRequest<'a> {
    /// Policy of the limit. One key has a separate count under each policy.
    pub policy: &'a Policy,
    /// Canonical text that identifies the counted client or account. The text may have any length.
    pub key: &'a str,
}

/// Admission that another store has granted. [`Store::restore`] adds the admission to the counts of a store.
#[derive(Debug, Clone)]
pub struct PastAdmission {
    /// Policy of the limit.
    pub policy: Policy,
    /// Counted key.
    pub key: String,
    /// Number that distinguishes this admission from all other admissions of the key.
    pub id: u64,
    pub admitted_at: Instant,
}

/// Store that counts admissions.
#[async_trait]
pub trait Store: Send + Sync {
    /// Returns the name of the store for logs and charge receipts.
    fn name(&self) -> &'static str;

    /// Charges one admission under every limit in `requests`. If any limit rejects the request, charges no limit.
    ///
    /// The decision is atomic with respect to concurrent calls. `requests` must contain each pair of policy
    /// and key at most once.
    ///
    /// # Errors
    /// Returns an error if the store cannot be reached. The store may have charged the limits before the error.
    async fn decide(&self, requests: &[LimitRequest<'_>], now: Instant) -> Result<Decision, StoreError>;

    /// Refunds one admission. Returns `false` if the store no longer counts the admission.
    ///
    /// # Errors
    /// Returns an error if the store cannot be reached.
    async fn refund(&self, receipt: ChargeReceipt) -> Result<bool, StoreError>;

    /// Removes all admissions of one key. Returns `false` if the key has no admissions.
    ///
    /// # Errors
    /// Returns an error if the store cannot be reached.
    async fn clear(&self, request: LimitRequest<'_>) -> Result<bool, StoreError>;

    /// Adds admissions of another store to the counts of this store. Ignores each admission that is already counted.
    ///
    /// The default implementation does nothing, for stores that are not the shared store of a [`FallbackStore`].
    ///
    /// # Errors
    /// Returns an error if the store cannot be reached.
    async fn restore(&self, _admissions: &[PastAdmission], _now: Instant) -> Result<(), StoreError> {
        Ok(())
    }

    /// Removes each key whose admissions have all left the window. Call this method every few seconds.
    ///
    /// The default implementation does nothing, for stores whose server expires keys.
    fn purge_expired(&self, _now: Instant) {}

    /// Checks that the store can decide requests without a fallback. The check may end an active fallback.
    ///
    /// # Errors
    /// Returns an error if the store cannot be reached, or if its fallback remains active.
    async fn check(&self, _now: Instant) -> Result<(), StoreError> {
        Ok(())
    }

    /// Returns the counters of the store.
    fn report(&self) -> StoreReport {
        StoreReport::default()
    }
}

/// Counters of a store since it was created, and the state of its fallback.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreReport {
    /// Counters of the store in this process's memory.
    pub memory: MemoryStats,
    /// Number of failed calls to the shared store.
    pub errors: u64,
    /// Number of requests that the memory store decided in place of the shared store.
    pub fallbacks: u64,
    /// Whether the fallback is active, so that the memory store decides in place of the shared store.
    pub fallback_active: bool,
}

/// Reason why a call to a store failed.
#[derive(Debug)]
pub enum StoreError {
    /// The server cannot be reached or returned an error.
    Unavailable(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(cause) => write!(f, "the rate-limit store is unavailable: {cause}"),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unavailable(cause) => Some(cause.as_ref()),
        }
    }
}
