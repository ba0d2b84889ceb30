//! An admission can be given back, once and exactly.

use std::time::Instant;

use super::{
    super::super::{Ask, Receipt},
    harness::{Exact, Limiter, ask, millis, policy, secs},
};

#[test]
fn a_refund_gives_back_that_very_admission() {
    let birth = Instant::now();
    let exact = Exact::new(policy(2, 60), birth);
    let first = ask(&exact.store, &exact.policy, "a", birth).unwrap();
    assert!(exact.admits("a", birth + secs(30)));
    assert!(!exact.admits("a", birth + secs(31)));
    assert!(exact.store.refund_now(first.receipt));
    assert!(exact.admits("a", birth + secs(31)));
    // The first would have left at 60; what is held now is 30 and 31.
    assert!(!exact.admits("a", birth + secs(60)));
    assert!(exact.admits("a", birth + secs(90)));
}

#[test]
fn of_admissions_at_one_instant_each_is_given_back_once() {
    let birth = Instant::now();
    for requests in [4, 20] {
        let exact = Exact::new(policy(requests, 60), birth);
        let grants: Vec<_> = (0..requests).map(|_| ask(&exact.store, &exact.policy, "a", birth).unwrap()).collect();
        for grant in grants {
            assert!(!exact.admits("a", birth));
            assert!(exact.store.refund_now(grant.receipt));
            assert!(exact.admits("a", birth));
        }
    }
}

#[test]
fn what_left_the_window_is_not_given_back() {
    let birth = Instant::now();
    let exact = Exact::new(policy(1, 60), birth);
    let old = ask(&exact.store, &exact.policy, "a", birth).unwrap();
    assert!(exact.admits("a", birth + secs(60)));
    assert!(!exact.store.refund_now(old.receipt));
    assert!(!exact.admits("a", birth + secs(61)));
}

#[test]
fn a_receipt_of_another_store_gives_nothing_back() {
    let birth = Instant::now();
    let exact = Exact::new(policy(1, 60), birth);
    let granted = ask(&exact.store, &exact.policy, "a", birth).unwrap();
    let foreign = Receipt { store: "redis", ..granted.receipt };
    assert!(!exact.store.refund_now(foreign));
    assert!(!exact.admits("a", birth + millis(1)));
}

#[test]
fn a_cleared_key_starts_anew_and_no_other_does() {
    let birth = Instant::now();
    let exact = Exact::new(policy(1, 60), birth);
    assert!(exact.admits("a", birth) && exact.admits("b", birth));
    // Refused once, a key is known to be at its limit; that has to be forgotten as well.
    assert!(!exact.admits("a", birth) && !exact.admits("b", birth));
    assert!(exact.store.clear_now(&Ask { policy: &exact.policy, key: "a" }));
    assert!(exact.admits("a", birth));
    assert!(!exact.admits("b", birth));
    assert!(!exact.store.clear_now(&Ask { policy: &exact.policy, key: "c" }));
}
