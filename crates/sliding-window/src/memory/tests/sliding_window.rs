//! Tests of the sliding window: no window exceeds the limit, and no request is rejected before the window is full.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use proptest::{prelude::*, test_runner::TestRunner};

use super::harness::{Limiter, StoreLimiter, policy, secs};

/// Sequence of requests. Each request consists of the microseconds since the previous request, and the key.
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

/// Checks that the limiter admits a request if and only if the current half-open window has room for one more
/// admission.
///
/// The check covers all windows, because the last admission of a window with too many admissions fails the check.
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
        let held = admitted.iter().filter(|&&time| time + window > now).count();
        let fits = held < requests as usize;
        prop_assert_eq!(limiter.admits(&key.to_string(), now), fits, "with {} held", held);
        if fits {
            admitted.push(now);
        }
    }
    Ok(())
}

#[test]
fn store_admits_exactly_while_the_window_is_not_full() {
    TestRunner::default()
        .run(&(cases(), 0..5000_u64), |((requests, seconds, arrivals), nanos)| {
            let epoch = Instant::now();
            let limiter = StoreLimiter::new(policy(requests, seconds), epoch);
            // The epoch is up to 5 µs before the first request, so that times are not whole microseconds.
            let start = epoch + Duration::from_nanos(nanos);
            check(&limiter, requests, secs(seconds), &arrivals, start)
        })
        .unwrap();
}

/// Broken limiter with fixed windows, which start at the first request.
///
/// Admits up to twice the limit around the end of a window.
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

/// Broken limiter that also counts rejected requests. A client that keeps retrying is never admitted again.
struct CountsRejections {
    requests: u32,
    window: Duration,
    requested: Mutex<HashMap<String, Vec<Instant>>>,
}

impl Limiter for CountsRejections {
    fn admits(&self, key: &str, now: Instant) -> bool {
        let mut requested = self.requested.lock().unwrap();
        let requested = requested.entry(key.to_owned()).or_default();
        requested.push(now);
        let held = requested.iter().filter(|&&time| time + self.window > now).count();
        held <= self.requests as usize
    }
}

/// Returns whether the check fails for a broken limiter. Every run uses the same cases.
fn is_caught<L: Limiter>(broken: impl Fn(u32, Duration) -> L) -> bool {
    let checked = TestRunner::deterministic().run(&cases(), |(requests, seconds, arrivals)| {
        let broken = broken(requests, secs(seconds));
        check(&broken, requests, secs(seconds), &arrivals, Instant::now())
    });
    checked.is_err()
}

#[test]
fn sliding_check_catches_a_fixed_window() {
    assert!(is_caught(|requests, window| FixedWindow { requests, window, counts: Mutex::default() }));
}

#[test]
fn sliding_check_catches_a_limiter_that_counts_rejections() {
    assert!(is_caught(|requests, window| CountsRejections { requests, window, requested: Mutex::default() }));
}
