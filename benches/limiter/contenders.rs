//! Our store, and what people use instead, behind one question.

use std::{
    collections::{HashMap, VecDeque},
    num::NonZeroU32,
    sync::Mutex,
    time::{Duration, Instant},
};

use ballast::rate_limit::{Ask, Decision, MemoryStore, Policy};
use governor::{DefaultKeyedRateLimiter, Quota};

/// Of one key at most, in the window given to a contender.
pub const REQUESTS: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// May this key go on now? Reading the clock is part of the work.
#[expect(clippy::ptr_arg, reason = "governor looks keys up by the type that it holds")]
pub trait Contender: Sync {
    fn admits(&self, key: &String) -> bool;
}

/// Every contender's name, in the order of their numbers.
pub const NAMES: [&str; 3] = ["ours", "governor", "mutex"];

/// A fresh one of the number given.
pub fn contender(number: usize, window: Duration) -> Box<dyn Contender> {
    match number {
        0 => Box::new(Ours::new(window)),
        1 => Box::new(Governor::new(window)),
        _ => Box::new(Plain { logs: Mutex::default(), window }),
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
        let asks = [Ask { policy: &self.policy, key }];
        matches!(self.store.decide_now(&asks, Instant::now()), Decision::Admitted(_))
    }
}

/// One timestamp a key: a bucket that leaks, which admits up to twice as many in a window.
struct Governor(DefaultKeyedRateLimiter<String>);

impl Governor {
    fn new(window: Duration) -> Self {
        let quota = Quota::with_period(window / REQUESTS.get()).expect("a sound quota").allow_burst(REQUESTS);
        Self(DefaultKeyedRateLimiter::keyed(quota))
    }
}

impl Contender for Governor {
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
