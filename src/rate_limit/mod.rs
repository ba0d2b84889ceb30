//! Decides who may go on now and who must wait, by counting admissions per key.
//!
//! Nothing here knows a clock, HTTP or the configuration: the time comes with every question.

mod decision;
mod memory;
mod policy;

#[cfg(test)]
mod tests;

use std::{error::Error, fmt, time::Instant};

use async_trait::async_trait;

pub use decision::{Decision, Grant, Receipt, Standing};
pub use memory::{MemoryStore, Stats};
pub use policy::{LONGEST_WINDOW, MOST_REQUESTS, Policy, PolicyError, SHORTEST_WINDOW};

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
