//! Tests of refunds: an admission can be refunded only once, and a refund removes no other admission.

use std::time::Instant;

use super::{
    super::super::{ChargeReceipt, LimitRequest},
    harness::{Limiter, StoreLimiter, decide, millis, policy, secs},
};

#[test]
fn refund_removes_exactly_the_admission_of_its_receipt() {
    let epoch = Instant::now();
    let limiter = StoreLimiter::new(policy(2, 60), epoch);
    let first = decide(&limiter.store, &limiter.policy, "a", epoch).unwrap();
    assert!(limiter.admits("a", epoch + secs(30)));
    assert!(!limiter.admits("a", epoch + secs(31)));
    assert!(limiter.store.refund_now(first.receipt));
    assert!(limiter.admits("a", epoch + secs(31)));
    // The refunded admission would have expired at 60 s. The window still contains the admissions at 30 s and 31 s.
    assert!(!limiter.admits("a", epoch + secs(60)));
    assert!(limiter.admits("a", epoch + secs(90)));
}

#[test]
fn refund_removes_each_of_several_simultaneous_admissions_once() {
    let epoch = Instant::now();
    for requests in [4, 20] {
        let limiter = StoreLimiter::new(policy(requests, 60), epoch);
        let grants: Vec<_> =
            (0..requests).map(|_| decide(&limiter.store, &limiter.policy, "a", epoch).unwrap()).collect();
        for grant in grants {
            assert!(!limiter.admits("a", epoch));
            assert!(limiter.store.refund_now(grant.receipt));
            assert!(limiter.admits("a", epoch));
        }
    }
}

#[test]
fn refund_returns_false_after_the_admission_has_left_the_window() {
    let epoch = Instant::now();
    let limiter = StoreLimiter::new(policy(1, 60), epoch);
    let old = decide(&limiter.store, &limiter.policy, "a", epoch).unwrap();
    assert!(limiter.admits("a", epoch + secs(60)));
    assert!(!limiter.store.refund_now(old.receipt));
    assert!(!limiter.admits("a", epoch + secs(61)));
}

#[test]
fn refund_rejects_the_receipt_of_another_store() {
    let epoch = Instant::now();
    let limiter = StoreLimiter::new(policy(1, 60), epoch);
    let grant = decide(&limiter.store, &limiter.policy, "a", epoch).unwrap();
    let foreign = ChargeReceipt { store: "redis", ..grant.receipt };
    assert!(!limiter.store.refund_now(foreign));
    assert!(!limiter.admits("a", epoch + millis(1)));
}

#[test]
fn clear_resets_one_key_and_no_other() {
    let epoch = Instant::now();
    let limiter = StoreLimiter::new(policy(1, 60), epoch);
    assert!(limiter.admits("a", epoch) && limiter.admits("b", epoch));
    // Each rejection creates an entry in the deny cache. `clear_now` must also remove this entry.
    assert!(!limiter.admits("a", epoch) && !limiter.admits("b", epoch));
    assert!(limiter.store.clear_now(&LimitRequest { policy: &limiter.policy, key: "a" }));
    assert!(limiter.admits("a", epoch));
    assert!(!limiter.admits("b", epoch));
    assert!(!limiter.store.clear_now(&LimitRequest { policy: &limiter.policy, key: "c" }));
}
