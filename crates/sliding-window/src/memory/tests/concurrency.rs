//! Tests of concurrency: the store admits exactly as many requests as the policy permits.

use std::{
    sync::{
        Barrier, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Instant,
};

use super::harness::{Limiter, StoreLimiter, decide_all, named, policy};

const CALLS: usize = 1000;
const RUNS: usize = 200;
const REQUESTS: u32 = 5;

/// Runs each of `calls` calls on its own thread. All calls start together.
fn run_concurrently(calls: usize, call: impl Fn(usize) + Sync) {
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

/// Returns per limiter the number of admitted calls out of 1,000 concurrent calls. Tests one limiter after the other.
fn count_admitted(limiters: &[impl Limiter], now: Instant) -> Vec<u32> {
    let counts: Vec<_> = limiters.iter().map(|_| AtomicU32::new(0)).collect();
    let next = Barrier::new(CALLS);
    run_concurrently(CALLS, |_| {
        for (limiter, count) in limiters.iter().zip(&counts) {
            // Waits until every thread has finished with the previous limiter.
            next.wait();
            count.fetch_add(u32::from(limiter.admits("a", now)), Ordering::Relaxed);
        }
    });
    counts.into_iter().map(AtomicU32::into_inner).collect()
}

#[test]
fn store_admits_exactly_the_limit_of_a_thousand_concurrent_calls() {
    let now = Instant::now();
    let runs: Vec<_> = (0..RUNS).map(|_| StoreLimiter::new(policy(REQUESTS, 60), now)).collect();
    assert_eq!(count_admitted(&runs, now), [REQUESTS; RUNS]);
}

/// Broken limiter that checks under one lock and charges under a second lock.
///
/// The barrier makes every call check before any call charges, so that the race occurs in every run.
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
fn concurrency_check_catches_a_lock_released_between_check_and_act() {
    let broken = CheckThenAct { admitted: Mutex::default(), between: Barrier::new(CALLS) };
    assert_eq!(count_admitted(&[broken], Instant::now()), [1000], "every call is admitted");
}

#[test]
fn decisions_with_the_same_keys_in_any_sequence_never_deadlock() {
    let now = Instant::now();
    let limiter = StoreLimiter::new(policy(50, 60), now);
    let account = named("login_account", 40, 3600);
    let (address, email) = ((&limiter.policy, "5.6.7.8"), (&account, "a@example.org"));
    let admitted = AtomicU32::new(0);
    run_concurrently(100, |number| {
        let requests = if number % 2 == 0 { [address, email] } else { [email, address] };
        let fits = decide_all(&limiter.store, &requests, now).is_ok();
        admitted.fetch_add(u32::from(fits), Ordering::Relaxed);
    });
    assert_eq!(admitted.into_inner(), 40);
}

#[test]
fn store_is_empty_after_a_thousand_concurrent_calls_and_refunds() {
    let now = Instant::now();
    let limiter = StoreLimiter::new(policy(1000, 60), now);
    run_concurrently(CALLS, |_| {
        let grants = decide_all(&limiter.store, &[(&limiter.policy, "a")], now).unwrap();
        for grant in grants {
            assert!(limiter.store.refund_now(grant.receipt));
        }
    });
    assert_eq!(limiter.store.stats().keys, 0);
}
