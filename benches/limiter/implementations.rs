//! Rate limiters under test: the memory store and alternative implementations behind one trait.

use std::{
    collections::{HashMap, VecDeque},
    num::NonZeroU32,
    sync::Mutex,
    time::{Duration, Instant},
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock, MonotonicClock, Reference},
    middleware::NoOpMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use sliding_window::{Decision, LimitRequest, MemoryStore, Policy};

/// Limit of all implementations: maximum number of admitted requests per key and window.
pub const REQUESTS: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// Rate limiter under test. The measured time includes reading the clock.
#[expect(clippy::ptr_arg, reason = "governor looks up keys by their owned type")]
pub trait Limiter: Sync {
    fn admits(&self, key: &String) -> bool;
}

/// Names of the implementations. The index of a name is the number of the implementation.
///
/// The last two implementations read the CPU counter instead of the kernel clock, as governor does by
/// default. The counter is faster, but becomes inexact, because governor compares the counter with the
/// kernel clock only once.
pub const NAMES: [&str; 5] = ["ours", "governor", "mutex", "ours, counter", "governor, counter"];

/// Returns a new instance of the implementation with this number.
pub fn limiter(number: usize, window: Duration) -> Box<dyn Limiter> {
    match number {
        0 => Box::new(Ours::new(window)),
        1 => Box::new(Governor::new(window, MonotonicClock)),
        2 => Box::new(MutexMap { logs: Mutex::default(), window }),
        3 => Box::new(OursByCounter::new(window)),
        _ => Box::new(Governor::new(window, DefaultClock::default())),
    }
}

struct Ours {
    store: MemoryStore,
    policy: Policy,
}

impl Ours {
    fn new(window: Duration) -> Self {
        let policy = Policy::new("bench", REQUESTS, window).expect("a valid policy");
        Self { store: MemoryStore::new(2_000_000, Instant::now()), policy }
    }
}

impl Limiter for Ours {
    fn admits(&self, key: &String) -> bool {
        let requests = [LimitRequest { policy: &self.policy, key }];
        matches!(self.store.decide_now(&requests, Instant::now()), Decision::Admitted(_))
    }
}

/// Memory store with governor's clock. This is possible, because the store takes the time as an argument.
struct OursByCounter {
    ours: Ours,
    clock: DefaultClock,
    start: (Instant, <DefaultClock as Clock>::Instant),
}

impl OursByCounter {
    fn new(window: Duration) -> Self {
        let clock = DefaultClock::default();
        Self { ours: Ours::new(window), start: (Instant::now(), clock.now()), clock }
    }
}

impl Limiter for OursByCounter {
    fn admits(&self, key: &String) -> bool {
        let requests = [LimitRequest { policy: &self.ours.policy, key }];
        let (instant, counter) = self.start;
        let now = instant + Duration::from(self.clock.now().duration_since(counter));
        matches!(self.ours.store.decide_now(&requests, now), Decision::Admitted(_))
    }
}

/// Rate limiter of the `governor` crate. Stores one timestamp per key (leaky bucket). Admits up to twice the limit per
/// window.
struct Governor<C: Clock>(RateLimiter<String, DefaultKeyedStateStore<String>, C, NoOpMiddleware<C::Instant>>);

impl<C: Clock> Governor<C> {
    fn new(window: Duration, clock: C) -> Self {
        let quota = Quota::with_period(window / REQUESTS.get()).expect("a valid quota").allow_burst(REQUESTS);
        Self(RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock))
    }
}

impl<C: Clock + Sync> Limiter for Governor<C>
where
    C::Instant: Sync,
{
    fn admits(&self, key: &String) -> bool {
        self.0.check_key(key).is_ok()
    }
}

/// Simple sliding window log behind one mutex for all keys.
struct MutexMap {
    logs: Mutex<HashMap<String, VecDeque<Instant>>>,
    window: Duration,
}

impl Limiter for MutexMap {
    fn admits(&self, key: &String) -> bool {
        let mut logs = self.logs.lock().expect("no thread panics");
        let now = Instant::now();
        if !logs.contains_key(key) {
            logs.insert(key.clone(), VecDeque::new());
        }
        let Some(log) = logs.get_mut(key) else { return false };
        while log.front().is_some_and(|oldest| now.duration_since(*oldest) >= self.window) {
            log.pop_front();
        }
        let admitted = log.len() < REQUESTS.get() as usize;
        if admitted {
            log.push_back(now);
        }
        admitted
    }
}
