//! The window slides: no stretch of it ever holds more, and nothing is refused before it is full.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use proptest::{prelude::*, test_runner::TestRunner};

use super::harness::{Exact, Limiter, policy, secs};

/// Requests one after the other: microseconds since the last one, and whose it is.
type Arrivals = Vec<(u64, u8)>;

fn cases() -> impl Strategy<Value = (u32, u64, Arrivals)> {
    (1..=12_u32, 1..=4_u64).prop_flat_map(|(requests, seconds)| {
        let window = seconds * 1_000_000;
        let often = window / u64::from(requests);
        let gap =
            prop_oneof![Just(0), 0..=1000_u64, 0..=often * 2, Just(window), Just(window - 1), window..=window * 2,];
        let arrivals = proptest::collection::vec((gap, 0..3_u8), 1..200);
        (Just(requests), Just(seconds), arrivals)
    })
}

/// Whether a limiter admits exactly when fewer than `requests` were admitted in the half-open
/// window that ends now. Any window that held more would end with one that should be refused.
fn check(
    limiter: &dyn Limiter,
    requests: u32,
    window: Duration,
    arrivals: &Arrivals,
    start: Instant,
) -> Result<(), TestCaseError> {
    let mut admissions: HashMap<u8, Vec<Instant>> = HashMap::new();
    let mut now = start;
    for &(gap, key) in arrivals {
        now += Duration::from_micros(gap);
        let admitted = admissions.entry(key).or_default();
        let held = admitted.iter().filter(|&&stamp| stamp + window > now).count();
        let fits = held < requests as usize;
        prop_assert_eq!(limiter.admits(&key.to_string(), now), fits, "with {} held", held);
        if fits {
            admitted.push(now);
        }
    }
    Ok(())
}

#[test]
fn no_window_ever_holds_more_and_nothing_is_refused_before_it_is_full() {
    TestRunner::default()
        .run(&(cases(), 0..5000_u64), |((requests, seconds, arrivals), nanos)| {
            let birth = Instant::now();
            let exact = Exact::new(policy(requests, seconds), birth);
            // Born at any fraction of a tick before the first request.
            let start = birth + Duration::from_nanos(nanos);
            check(&exact, requests, secs(seconds), &arrivals, start)
        })
        .unwrap();
}

/// Counts from the first request on and starts anew when the window is over: twice as many get
/// through around its end.
struct FixedWindow {
    requests: u32,
    window: Duration,
    counts: Mutex<HashMap<String, (Instant, u32)>>,
}

impl Limiter for FixedWindow {
    fn admits(&self, key: &str, now: Instant) -> bool {
        let mut counts = self.counts.lock().unwrap();
        let (start, count) = counts.entry(key.to_owned()).or_insert((now, 0));
        if *start + self.window <= now {
            (*start, *count) = (now, 0);
        }
        *count += 1;
        *count <= self.requests
    }
}

/// Counts refusals as well: whoever keeps asking is never admitted again.
struct Unforgiving {
    requests: u32,
    window: Duration,
    asked: Mutex<HashMap<String, Vec<Instant>>>,
}

impl Limiter for Unforgiving {
    fn admits(&self, key: &str, now: Instant) -> bool {
        let mut asked = self.asked.lock().unwrap();
        let asked = asked.entry(key.to_owned()).or_default();
        asked.push(now);
        let held = asked.iter().filter(|&&stamp| stamp + self.window > now).count();
        held <= self.requests as usize
    }
}

/// Whether the check above finds a fault, with the same cases on every run.
fn is_caught<L: Limiter>(twin: impl Fn(u32, Duration) -> L) -> bool {
    let checked = TestRunner::deterministic().run(&cases(), |(requests, seconds, arrivals)| {
        let twin = twin(requests, secs(seconds));
        check(&twin, requests, secs(seconds), &arrivals, Instant::now())
    });
    checked.is_err()
}

#[test]
fn the_check_catches_a_fixed_window() {
    assert!(is_caught(|requests, window| FixedWindow { requests, window, counts: Mutex::default() }));
}

#[test]
fn the_check_catches_a_limiter_that_counts_refusals() {
    assert!(is_caught(|requests, window| Unforgiving { requests, window, asked: Mutex::default() }));
}
