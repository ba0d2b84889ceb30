//! Decides who may go on now and who must wait, by counting admissions per key.
//!
//! Nothing here knows a clock, HTTP or the configuration: the time comes with every question.

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

pub use decision::{Decision, Grant, Receipt, Standing};
pub use fallback::FallbackStore;
pub use memory::{MemoryStore, Stats};
pub use policy::{LONGEST_WINDOW, MOST_REQUESTS, Policy, PolicyError, SHORTEST_WINDOW};
pub use redis::RedisStore;

/// May this key go on under this policy?
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The limit to count under. Keys of different policies never meet.
    pub policy: &'a Policy,
    /// Who or what is counted, in one spelling: an address, an account. Any length.
    pub key: &'a str,
}

/// Where admissions are counted.
#[async_trait]
pub trait Store: Send + Sync {
    /// The store's name in logs and receipts.
    fn name(&self) -> &'static str;

    /// Admits a request under all of `asks` or charges none, whatever runs at the same time. Each
    /// pair of policy and key stands in `asks` once.
    ///
    /// # Errors
    /// When the store cannot be reached; then nothing is known to be charged.
    async fn decide(&self, asks: &[Ask<'_>], now: Instant) -> Result<Decision, StoreError>;

    /// Gives one admission back. False when it is no longer counted.
    ///
    /// # Errors
    /// When the store cannot be reached.
    async fn refund(&self, receipt: Receipt) -> Result<bool, StoreError>;

    /// Forgets every admission of one key. False when there was none.
    ///
    /// # Errors
    /// When the store cannot be reached.
    async fn clear(&self, ask: Ask<'_>) -> Result<bool, StoreError>;

    /// Drops what no window holds any more; call it every few seconds. A store whose server expires
    /// keys by itself has nothing to do.
    fn evict(&self, _now: Instant) {}

    /// Whether the store decides by itself now, and not something in its place.
    ///
    /// # Errors
    /// Why it does not.
    async fn check(&self, _now: Instant) -> Result<(), StoreError> {
        Ok(())
    }

    /// What was counted about the store itself.
    fn report(&self) -> Report {
        Report::default()
    }
}

/// What a store says about itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// What this process's memory holds.
    pub memory: Stats,
    /// Questions that the shared store did not answer.
    pub errors: u64,
    /// Requests that were decided in memory in its place.
    pub fallbacks: u64,
    /// Whether memory decides in its place now.
    pub alone: bool,
}

/// Why a store could not answer.
#[derive(Debug)]
pub enum StoreError {
    /// Its server cannot be reached or answers with an error.
    Unavailable(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(cause) => {
                write!(f, "the store of rate limits is unavailable: {cause}")
            }
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
