//! Tests of the waiting time in a rejection: a client that waits for this time is admitted.

use std::time::{Duration, Instant};

use proptest::{prelude::*, test_runner::TestRunner};

use super::harness::{Limiter, StoreLimiter, decide, millis, policy, secs};
use crate::Store;

#[test]
fn admission_leaves_the_window_exactly_after_its_length() {
    let epoch = Instant::now();
    let limiter = StoreLimiter::new(policy(1, 60), epoch);
    assert!(limiter.admits("a", epoch));
    assert!(!limiter.admits("a", epoch + Duration::from_micros(59_999_999)));
    assert!(limiter.admits("a", epoch + secs(60)));
}

#[test]
fn store_admits_after_retry_after_and_rejects_one_second_earlier() {
    let case = (1..=30_u32, 1..=90_u64, 0..1_000_000_u64);
    TestRunner::default()
        .run(&case, |(requests, seconds, spread)| {
            let epoch = Instant::now();
            let limiter = StoreLimiter::new(policy(requests, seconds), epoch);
            let step = Duration::from_micros(spread * seconds / u64::from(requests));
            let mut now = epoch;
            for _ in 0..requests {
                now += step;
                prop_assert!(limiter.admits("a", now));
            }
            if let Err(rejection) = decide(&limiter.store, &limiter.policy, "a", now) {
                let wait = rejection.retry_after();
                prop_assert!((1..=seconds).contains(&wait));
                prop_assert!(!limiter.admits("a", now + secs(wait - 1)));
                prop_assert!(limiter.admits("a", now + secs(wait)));
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn status_contains_the_remaining_admissions_and_the_time_until_the_next() {
    let epoch = Instant::now();
    let limiter = StoreLimiter::new(policy(3, 60), epoch);
    let headers: Vec<_> = [0, 23_000, 23_000, 23_001]
        .map(|at| match decide(&limiter.store, &limiter.policy, "a", epoch + millis(at)) {
            Ok(grant) => grant.status.limit_header(),
            Err(rejection) => rejection.limit_header(),
        })
        .to_vec();
    let expected = ["r=2;t=60", "r=1;t=37", "r=0;t=37", "r=0;t=37"];
    assert_eq!(headers, expected.map(|expected| format!("\"login\";{expected}")));
}

#[test]
fn admission_with_an_older_time_counts_at_the_newest_time() {
    let epoch = Instant::now();
    let limiter = StoreLimiter::new(policy(2, 60), epoch);
    assert!(limiter.admits("a", epoch + secs(100)));
    assert!(limiter.admits("a", epoch + secs(99)));
    // The purge must keep the key, because both admissions count from 100 s until 160 s.
    limiter.store.purge_expired(epoch + millis(159_500));
    assert!(!limiter.admits("a", epoch));
    assert!(!limiter.admits("a", epoch + millis(159_999)));
    assert!(limiter.admits("a", epoch + secs(160)));
}
