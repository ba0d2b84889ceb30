//! Our store, and what people use instead, behind one question.

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

/// Of one key at most, in the window given to a contender.
pub const REQUESTS: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// May this key go on now? Reading the clock is part of the work.
#[expect(clippy::ptr_arg, reason = "governor looks keys up by the type that it holds")]
pub trait Contender: Sync {
    fn admits(&self, key: &String) -> bool;
}

/// Every contender's name, in the order of their numbers. The last two read the processor's counter instead
/// of the kernel's clock, as governor does by itself: sooner read, but measured against the kernel's once, at
/// the start, and not exact after it.
pub const NAMES: [&str; 5] = ["ours", "governor", "mutex", "ours, counter", "governor, counter"];

/// A fresh one of the number given.
pub fn contender(number: usize, window: Duration) -> Box<dyn Contender> {
    match number {
        0 => Box::new(Ours::new(window)),
        1 => Box::new(Governor::new(window, MonotonicClock)),
        2 => Box::new(Plain { logs: Mutex::default(), window }),
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
        let policy = Policy::new("bench", REQUESTS, window).expect("a sound policy");
        Self { store: MemoryStore::new(2_000_000, Instant::now()), policy }
    }
}

impl Contender for Ours {
    fn admits(&self, key: &String) -> bool {
        let requests = [LimitRequest { policy: &self.policy, key }];
        matches!(self.store.decide_now(&requests, Instant::now()), Decision::Admitted(_))
    }
}

/// The store takes the time as an argument, so the caller can also read governor's clock.
struct OursByCounter {
    ours: Ours,
    clock: DefaultClock,
    begun: (Instant, <DefaultClock as Clock>::Instant),
}

impl OursByCounter {
    fn new(window: Duration) -> Self {
        let clock = DefaultClock::default();
        Self { ours: Ours::new(window), begun: (Instant::now(), clock.now()), clock }
    }
}

impl Contender for OursByCounter {
    fn admits(&self, key: &String) -> bool {
        let requests = [LimitRequest { policy: &self.ours.policy, key }];
        let (instant, counter) = self.begun;
        let now = instant + Duration::from(self.clock.now().duration_since(counter));
        matches!(self.ours.store.decide_now(&requests, now), Decision::Admitted(_))
    }
}

/// One timestamp a key: a bucket that leaks, which admits up to twice as many in a window.
struct Governor<C: Clock>(RateLimiter<String, DefaultKeyedStateStore<String>, C, NoOpMiddleware<C::Instant>>);

impl<C: Clock> Governor<C> {
    fn new(window: Duration, clock: C) -> Self {
        let quota = Quota::with_period(window / REQUESTS.get()).expect("a sound quota").allow_burst(REQUESTS);
        Self(RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock))
    }
}

impl<C: Clock + Sync> Contender for Governor<C>
where
    C::Instant: Sync,
{
    fn admits(&self, key: &String) -> bool {
        self.0.check_key(key).is_ok()
    }
}

/// The same log as ours, as it is written in an afternoon.
struct Plain {
    logs: Mutex<HashMap<String, VecDeque<Instant>>>,
    window: Duration,
}

impl Contender for Plain {
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
        let fits = log.len() < REQUESTS.get() as usize;
        if fits {
            log.push_back(now);
        }
        fits
    }
}
