//! Circuit breaker: stops calls to a store that fails, and probes whether the store responds again.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Number of consecutive failed calls after which the circuit breaker opens.
pub const FAILURE_THRESHOLD: u32 = 3;
/// Minimum time between two probes while the circuit breaker is open.
pub const OPEN_DURATION: Duration = Duration::from_secs(5);

/// Circuit breaker of a store. In the closed state, every call is permitted.
///
/// In the open state, one probe per [`OPEN_DURATION`] is permitted. All other calls use the fallback immediately.
#[derive(Debug, Default)]
pub struct CircuitBreaker(Mutex<State>);

#[derive(Debug)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant },
}

/// Permission for one call. The caller passes the permit to [`CircuitBreaker::record_success`] if the call succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    /// Whether the call is a probe, which tests if the store responds again.
    probe: bool,
}

impl Permit {
    pub const fn is_probe(self) -> bool {
        self.probe
    }
}

impl Default for State {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl CircuitBreaker {
    /// Returns a permit for one call, or `None` if the caller must use the fallback.
    ///
    /// A probe is a call that is permitted while the circuit breaker is open. If a client disconnects during a probe,
    /// the outcome is not recorded. In this case, the next probe is permitted [`OPEN_DURATION`] after the lost probe.
    pub fn permit(&self, now: Instant) -> Option<Permit> {
        match &mut *self.0.lock() {
            State::Closed { .. } => Some(Permit { probe: false }),
            State::Open { until } if now >= *until => {
                *until = now + OPEN_DURATION;
                Some(Permit { probe: true })
            }
            State::Open { .. } => None,
        }
    }

    /// Records a response of the store. Returns whether the response closes the circuit breaker.
    ///
    /// Only the response to a probe closes the circuit breaker, because responses to calls from before the outage
    /// may arrive late.
    pub fn record_success(&self, permit: Permit) -> bool {
        let mut state = self.0.lock();
        let closes = permit.probe && matches!(*state, State::Open { .. });
        if closes || matches!(*state, State::Closed { .. }) {
            *state = State::default();
        }
        closes
    }

    /// Records a failed call. Returns whether the failure opens the circuit breaker.
    pub fn record_failure(&self, now: Instant) -> bool {
        let mut state = self.0.lock();
        let State::Closed { failures } = &mut *state else { return false };
        *failures += 1;
        let opens = *failures >= FAILURE_THRESHOLD;
        if opens {
            *state = State::Open { until: now + OPEN_DURATION };
        }
        opens
    }

    /// Opens the circuit breaker immediately. Returns `false` if the circuit breaker was already open.
    pub fn open(&self, now: Instant) -> bool {
        let before = std::mem::replace(&mut *self.0.lock(), State::Open { until: now + OPEN_DURATION });
        matches!(before, State::Closed { .. })
    }

    pub fn is_open(&self) -> bool {
        matches!(*self.0.lock(), State::Open { .. })
    }
}
