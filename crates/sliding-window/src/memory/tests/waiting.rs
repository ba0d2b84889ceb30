//! Whoever is refused is told how long to wait, and that is the truth.

use std::time::{Duration, Instant};

use proptest::{prelude::*, test_runner::TestRunner};

use super::harness::{Exact, Limiter, ask, millis, policy, secs};

#[test]
fn an_admission_leaves_the_window_at_the_very_microsecond() {
    let birth = Instant::now();
    let exact = Exact::new(policy(1, 60), birth);
    assert!(exact.admits("a", birth));
    assert!(!exact.admits("a", birth + Duration::from_micros(59_999_999)));
    assert!(exact.admits("a", birth + secs(60)));
}

#[test]
fn whoever_waits_as_long_as_told_is_admitted_and_a_second_less_is_refused() {
    let case = (1..=30_u32, 1..=90_u64, 0..1_000_000_u64);
    TestRunner::default()
        .run(&case, |(requests, seconds, spread)| {
            let birth = Instant::now();
            let exact = Exact::new(policy(requests, seconds), birth);
            let step = Duration::from_micros(spread * seconds / u64::from(requests));
            let mut now = birth;
            for _ in 0..requests {
                now += step;
                prop_assert!(exact.admits("a", now));
            }
            if let Err(refusal) = ask(&exact.store, &exact.policy, "a", now) {
                let wait = refusal.retry_after();
                prop_assert!((1..=seconds).contains(&wait));
                prop_assert!(!exact.admits("a", now + secs(wait - 1)));
                prop_assert!(exact.admits("a", now + secs(wait)));
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_grant_says_how_many_are_left_and_when_one_more_will_be() {
    let birth = Instant::now();
    let exact = Exact::new(policy(3, 60), birth);
    let standings: Vec<_> = [0, 23_000, 23_000, 23_001]
        .map(|at| match ask(&exact.store, &exact.policy, "a", birth + millis(at)) {
            Ok(grant) => grant.standing.limit_header(),
            Err(refusal) => refusal.limit_header(),
        })
        .to_vec();
    let wanted = ["r=2;t=60", "r=1;t=37", "r=0;t=37", "r=0;t=37"];
    assert_eq!(standings, wanted.map(|wanted| format!("\"login\";{wanted}")));
}

#[test]
fn a_reading_of_the_clock_that_was_overtaken_counts_as_the_newest() {
    let birth = Instant::now();
    let exact = Exact::new(policy(2, 60), birth);
    assert!(exact.admits("a", birth + secs(100)));
    assert!(exact.admits("a", birth + secs(99)));
    // Were it 99, the key would look expired while 100 is still inside its window.
    exact.store.sweep(birth + millis(159_500));
    assert!(!exact.admits("a", birth));
    assert!(!exact.admits("a", birth + millis(159_999)));
    assert!(exact.admits("a", birth + secs(160)));
}
