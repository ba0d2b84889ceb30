//! Asks a shared store; while that does not answer, this process's memory decides under the same limits.

#[cfg(test)]
mod tests;

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Instant,
};

use async_trait::async_trait;

use super::{
    Ask, Decision, MemoryStore, Receipt, Report, Store, StoreError,
    circuit_breaker::{Breaker, Pass},
};

/// Never fails, and never admits without limit: with the shared store gone, each process admits as
/// much as its limits say, so that all of them together admit that many times as much.
pub struct FallbackStore<S> {
    shared: S,
    memory: MemoryStore,
    breaker: Breaker,
    errors: AtomicU64,
    fallbacks: AtomicU64,
}

impl<S: Store> FallbackStore<S> {
    /// Asks `shared` until it fails.
    #[must_use]
    pub fn new(shared: S, memory: MemoryStore) -> Self {
        let breaker = Breaker::default();
        Self { shared, memory, breaker, errors: AtomicU64::new(0), fallbacks: AtomicU64::new(0) }
    }

    /// Begins with memory: for a start at which the shared store is not there.
    pub fn begin_alone(&self, now: Instant) {
        if self.breaker.open(now) {
            say_alone(self.shared.name(), &"it is not there yet");
        }
    }

    async fn decide_shared(&self, pass: Pass, asks: &[Ask<'_>], now: Instant) -> Option<Decision> {
        let answer = self.shared.decide(asks, now).await;
        self.note(pass, answer, now).ok()
    }

    /// Tells the breaker how a question went, and the log when that changes anything.
    fn note<T>(&self, pass: Pass, answer: Result<T, StoreError>, now: Instant) -> Result<T, StoreError> {
        match &answer {
            Ok(_) => {
                if self.breaker.answered(pass) {
                    tracing::info!(
                        event = "rate_limits_shared",
                        store = self.shared.name(),
                        "rate limits are counted for all processes again"
                    );
                }
            }
            Err(error) => {
                self.errors.fetch_add(1, Relaxed);
                if self.breaker.failed(now) {
                    say_alone(self.shared.name(), error);
                }
            }
        }
        answer
    }
}

fn say_alone(store: &str, error: &dyn std::fmt::Display) {
    tracing::warn!(
        event = "rate_limits_alone",
        store,
        %error,
        "the shared store of rate limits does not answer: each process counts by itself until it does"
    );
}

#[async_trait]
impl<S: Store> Store for FallbackStore<S> {
    fn name(&self) -> &'static str {
        self.shared.name()
    }

    async fn decide(&self, asks: &[Ask<'_>], now: Instant) -> Result<Decision, StoreError> {
        if let Some(pass) = self.breaker.pass(now)
            && let Some(decision) = self.decide_shared(pass, asks, now).await
        {
            return Ok(decision);
        }
        self.fallbacks.fetch_add(1, Relaxed);
        Ok(self.memory.decide_now(asks, now))
    }

    /// Given back where it was charged; what was charged in a store that is gone now stays charged.
    async fn refund(&self, receipt: Receipt) -> Result<bool, StoreError> {
        if receipt.store() == self.memory.name() {
            return Ok(self.memory.refund_now(receipt));
        }
        if self.breaker.is_open() {
            return Ok(false);
        }
        Ok(self.shared.refund(receipt).await.unwrap_or(false))
    }

    async fn clear(&self, ask: Ask<'_>) -> Result<bool, StoreError> {
        let here = self.memory.clear_now(&ask);
        if self.breaker.is_open() {
            return Ok(here);
        }
        Ok(self.shared.clear(ask).await.unwrap_or(false) || here)
    }

    fn evict(&self, now: Instant) {
        self.memory.sweep(now);
    }

    /// Also what finds out that the store is back where no request does.
    async fn check(&self, now: Instant) -> Result<(), StoreError> {
        let Some(pass) = self.breaker.pass(now) else {
            return Err(StoreError::Unavailable("it did not answer lately".into()));
        };
        let answer = self.shared.check(now).await;
        self.note(pass, answer, now)
    }

    fn report(&self) -> Report {
        Report {
            memory: self.memory.stats(),
            errors: self.errors.load(Relaxed),
            fallbacks: self.fallbacks.load(Relaxed),
            alone: self.breaker.is_open(),
        }
    }
}
