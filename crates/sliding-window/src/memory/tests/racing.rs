//! Whatever the concurrency, exactly as many are admitted as the policy says.

use std::{
    sync::{
        Barrier, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Instant,
};

use super::harness::{Exact, Limiter, ask_all, named, policy};

const CALLS: usize = 1000;
const RUNS: usize = 200;
const REQUESTS: u32 = 5;

/// Calls from as many threads, released together.
fn at_once(calls: usize, call: impl Fn(usize) + Sync) {
    let start = Barrier::new(calls);
    thread::scope(|scope| {
        for number in 0..calls {
            let (start, call) = (&start, &call);
            let run = move || {
                start.wait();
                call(number);
            };
            thread::Builder::new().stack_size(64 * 1024).spawn_scoped(scope, run).unwrap();
        }
    });
}

/// How many of a thousand calls at once each limiter admits, one limiter after the other.
fn admitted(limiters: &[impl Limiter], now: Instant) -> Vec<u32> {
    let counts: Vec<_> = limiters.iter().map(|_| AtomicU32::new(0)).collect();
    let together = Barrier::new(CALLS);
    at_once(CALLS, |_| {
        for (limiter, count) in limiters.iter().zip(&counts) {
            // No call begins before every thread is done with the limiter before.
            together.wait();
            count.fetch_add(u32::from(limiter.admits("a", now)), Ordering::Relaxed);
        }
    });
    counts.into_iter().map(AtomicU32::into_inner).collect()
}

#[test]
fn a_thousand_calls_at_once_admit_exactly_the_limit_on_every_run() {
    let now = Instant::now();
    let runs: Vec<_> = (0..RUNS).map(|_| Exact::new(policy(REQUESTS, 60), now)).collect();
    assert_eq!(admitted(&runs, now), [REQUESTS; RUNS]);
}

/// Checks under one hold of its lock and acts under the next. The barrier between the two makes
/// every call check before any acts, so that the race is lost on every run, not now and then.
struct CheckThenAct {
    admitted: Mutex<Vec<Instant>>,
    between: Barrier,
}

impl Limiter for CheckThenAct {
    fn admits(&self, _key: &str, now: Instant) -> bool {
        let fits = self.admitted.lock().unwrap().len() < REQUESTS as usize;
        self.between.wait();
        if fits {
            self.admitted.lock().unwrap().push(now);
        }
        fits
    }
}

#[test]
fn the_check_catches_a_lock_released_between_check_and_act() {
    let twin = CheckThenAct { admitted: Mutex::default(), between: Barrier::new(CALLS) };
    assert_eq!(admitted(&[twin], Instant::now()), [1000], "every call got through");
}

#[test]
fn requests_with_the_same_keys_in_any_order_never_wait_for_each_other() {
    let now = Instant::now();
    let exact = Exact::new(policy(50, 60), now);
    let account = named("login_account", 40, 3600);
    let (address, email) = ((&exact.policy, "5.6.7.8"), (&account, "a@example.org"));
    let admitted = AtomicU32::new(0);
    at_once(100, |number| {
        let asks = if number % 2 == 0 { [address, email] } else { [email, address] };
        let fits = ask_all(&exact.store, &asks, now).is_ok();
        admitted.fetch_add(u32::from(fits), Ordering::Relaxed);
    });
    assert_eq!(admitted.into_inner(), 40);
}

#[test]
fn a_thousand_refunds_and_calls_at_once_leave_no_trace() {
    let now = Instant::now();
    let exact = Exact::new(policy(1000, 60), now);
    at_once(CALLS, |_| {
        let grants = ask_all(&exact.store, &[(&exact.policy, "a")], now).unwrap();
        for grant in grants {
            assert!(exact.store.refund_now(grant.receipt));
        }
    });
    assert_eq!(exact.store.stats().keys, 0);
}
