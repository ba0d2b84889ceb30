//! Store that calls a shared store, and decides in this process's memory while the shared store fails.

mod journal;

#[cfg(test)]
mod tests;

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Instant,
};

use async_trait::async_trait;

use self::journal::Journal;
use super::{
    ChargeReceipt, Decision, LimitRequest, MemoryStore, Policy, Store, StoreError, StoreReport,
    circuit_breaker::{CircuitBreaker, Permit},
};

/// Store that calls a shared store, and uses a memory store as the fallback.
///
/// Never returns an error from [`decide`](Store::decide), and never admits a request without a check of its limits.
///
/// While the fallback is active, each process applies its part of each limit by itself: the limit divided by the number
/// of processes. When the shared store responds again, `FallbackStore` first adds the admissions of the memory store to
/// the counts of the shared store.
pub struct FallbackStore<S> {
    shared: S,
    memory: MemoryStore,
    /// Number of processes that use the shared store.
    processes: NonZeroU32,
    journal: Journal,
    circuit_breaker: CircuitBreaker,
    errors: AtomicU64,
    fallbacks: AtomicU64,
}

impl<S: Store> FallbackStore<S> {
    /// Creates a store that calls `shared`, and uses `memory` while `shared` fails. Assumes that only this process uses
    /// `shared`.
    #[must_use]
    pub fn new(shared: S, memory: MemoryStore) -> Self {
        Self {
            shared,
            memory,
            processes: NonZeroU32::MIN,
            journal: Journal::default(),
            circuit_breaker: CircuitBreaker::default(),
            errors: AtomicU64::new(0),
            fallbacks: AtomicU64::new(0),
        }
    }

    /// Sets the number of processes that use the shared store. While the fallback is active, `FallbackStore` divides
    /// each limit by this number.
    #[must_use]
    pub fn shared_by(self, processes: NonZeroU32) -> Self {
        Self { processes, ..self }
    }

    /// Activates the fallback immediately, for a process that starts while the shared store is unavailable.
    pub fn start_in_fallback(&self, now: Instant) {
        if self.circuit_breaker.open(now) {
            log_fallback(self.shared.name(), &"it is not there yet");
        }
    }

    async fn decide_shared(&self, permit: Permit, requests: &[LimitRequest<'_>], now: Instant) -> Option<Decision> {
        let result = async {
            // First restores the admissions of the memory store, because the decision must count these admissions.
            if permit.is_probe() {
                self.restore(now).await?;
            }
            self.shared.decide(requests, now).await
        };
        self.record(permit, result.await, now).ok()
    }

    fn decide_in_memory(&self, requests: &[LimitRequest<'_>], now: Instant) -> Decision {
        let policies: Vec<Policy> = requests.iter().map(|request| request.policy.divided(self.processes)).collect();
        let divided = requests.iter().zip(&policies).map(|(request, policy)| LimitRequest { policy, key: request.key });
        let decision = self.memory.decide_now(&divided.collect::<Vec<_>>(), now);
        if let Decision::Admitted(grants) = &decision {
            self.journal.record(requests, grants, now);
        }
        decision
    }

    /// Adds the admissions of the journal to the counts of the shared store.
    async fn restore(&self, now: Instant) -> Result<(), StoreError> {
        while let Some(batch) = self.journal.batch(now) {
            self.shared.restore(&batch, now).await?;
            self.journal.remove_batch(&batch);
        }
        Ok(())
    }

    /// Records the result of a call in the circuit breaker, and logs each state change of the circuit breaker.
    fn record<T>(&self, permit: Permit, result: Result<T, StoreError>, now: Instant) -> Result<T, StoreError> {
        match &result {
            Ok(_) => {
                if self.circuit_breaker.record_success(permit) {
                    tracing::info!(
                        event = "rate_limit_store_recovered",
                        store = self.shared.name(),
                        "rate limits are counted for all processes again"
                    );
                }
            }
            Err(error) => {
                self.errors.fetch_add(1, Relaxed);
                if self.circuit_breaker.record_failure(now) {
                    log_fallback(self.shared.name(), error);
                }
            }
        }
        result
    }
}

fn log_fallback(store: &str, error: &dyn std::fmt::Display) {
    tracing::warn!(
        event = "rate_limit_store_down",
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

    async fn decide(&self, requests: &[LimitRequest<'_>], now: Instant) -> Result<Decision, StoreError> {
        if let Some(permit) = self.circuit_breaker.permit(now)
            && let Some(decision) = self.decide_shared(permit, requests, now).await
        {
            return Ok(decision);
        }
        self.fallbacks.fetch_add(1, Relaxed);
        Ok(self.decide_in_memory(requests, now))
    }

    /// Refunds the admission in the store that charged the admission.
    ///
    /// Returns `false` if that store does not respond. The admission then stays charged.
    async fn refund(&self, receipt: ChargeReceipt) -> Result<bool, StoreError> {
        if receipt.store() == self.memory.name() {
            self.journal.remove(&receipt);
            return Ok(self.memory.refund_now(receipt));
        }
        if self.circuit_breaker.is_open() {
            return Ok(false);
        }
        Ok(self.shared.refund(receipt).await.unwrap_or(false))
    }

    async fn clear(&self, request: LimitRequest<'_>) -> Result<bool, StoreError> {
        self.journal.clear(&request);
        let policy = &request.policy.divided(self.processes);
        let cleared_in_memory = self.memory.clear_now(&LimitRequest { policy, ..request });
        if self.circuit_breaker.is_open() {
            return Ok(cleared_in_memory);
        }
        Ok(self.shared.clear(request).await.unwrap_or(false) || cleared_in_memory)
    }

    fn purge_expired(&self, now: Instant) {
        self.memory.purge_expired(now);
    }

    /// Checks the shared store, and adds the admissions of the memory store to the counts of the shared store. A
    /// successful check ends the fallback, even if no requests arrive.
    async fn check(&self, now: Instant) -> Result<(), StoreError> {
        let Some(permit) = self.circuit_breaker.permit(now) else {
            return Err(StoreError::Unavailable("the circuit breaker is open".into()));
        };
        let result = async {
            self.shared.check(now).await?;
            self.restore(now).await
        };
        self.record(permit, result.await, now)
    }

    fn report(&self) -> StoreReport {
        StoreReport {
            memory: self.memory.stats(),
            errors: self.errors.load(Relaxed),
            fallbacks: self.fallbacks.load(Relaxed),
            fallback_active: self.circuit_breaker.is_open(),
        }
    }
}
