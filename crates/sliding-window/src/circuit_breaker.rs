//! Stops asking a store that does not answer, and finds out when it does again.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Failures in a row after which nothing is asked any more.
pub const FAILURES: u32 = 3;
/// How long nothing is asked then.
pub const REST: Duration = Duration::from_secs(5);

/// Closed, everybody asks. Open, one asks in every rest, and all others go on without waiting.
#[derive(Debug, Default)]
pub struct Breaker(Mutex<State>);

#[derive(Debug)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant },
}

/// May ask; says afterwards how it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Asks for all, to find out whether the store answers again.
    probe: bool,
}

impl Default for State {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    /// Whether to ask. Whoever is the probe and never says how it went (a client that left) is
    /// followed by the next one after another rest.
    pub fn pass(&self, now: Instant) -> Option<Pass> {
        match &mut *self.0.lock() {
            State::Closed { .. } => Some(Pass { probe: false }),
            State::Open { until } if now >= *until => {
                *until = now + REST;
                Some(Pass { probe: true })
            }
            State::Open { .. } => None,
        }
    }

    /// The store answered; true when this is what closes the breaker. Only a probe does: a question
    /// sent before the store went away may be answered long after.
    pub fn answered(&self, pass: Pass) -> bool {
        let mut state = self.0.lock();
        let closes = pass.probe && matches!(*state, State::Open { .. });
        if closes || matches!(*state, State::Closed { .. }) {
            *state = State::default();
        }
        closes
    }

    /// The store did not answer; true when this is what opens the breaker.
    pub fn failed(&self, now: Instant) -> bool {
        let mut state = self.0.lock();
        let State::Closed { failures } = &mut *state else { return false };
        *failures += 1;
        let opens = *failures >= FAILURES;
        if opens {
            *state = State::Open { until: now + REST };
        }
        opens
    }

    /// Opens at once; true when it was closed.
    pub fn open(&self, now: Instant) -> bool {
        let before = std::mem::replace(&mut *self.0.lock(), State::Open { until: now + REST });
        matches!(before, State::Closed { .. })
    }

    pub fn is_open(&self) -> bool {
        matches!(*self.0.lock(), State::Open { .. })
    }
}
