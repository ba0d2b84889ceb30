//! Tests of several limits on one request: every limit is charged, or no limit is charged.

use std::time::Instant;

use super::harness::{decide, decide_all, named, secs};
use crate::MemoryStore;

#[test]
fn rejection_by_one_limit_charges_no_other_limit() {
    let epoch = Instant::now();
    let store = MemoryStore::new(1000, epoch);
    let (address, account) = (named("login", 5, 60), named("login_account", 1, 3600));
    assert!(decide_all(&store, &[(&address, "x"), (&account, "y")], epoch).is_ok());
    for _ in 0..10 {
        let rejection = decide_all(&store, &[(&address, "x"), (&account, "y")], epoch).unwrap_err();
        assert_eq!(rejection.policy().name(), "login_account");
    }
    assert_eq!(decide(&store, &address, "x", epoch).unwrap().status.remaining(), 3);
}

#[test]
fn rejection_by_several_limits_contains_the_longest_wait() {
    let epoch = Instant::now();
    let store = MemoryStore::new(1000, epoch);
    let limits = [named("login", 1, 60), named("day", 1, 86_400), named("hour", 1, 3600)];
    let requests: Vec<_> = limits.iter().map(|policy| (policy, "x")).collect();
    assert_eq!(decide_all(&store, &requests, epoch).unwrap().len(), 3);
    let rejection = decide_all(&store, &requests, epoch + secs(1)).unwrap_err();
    assert_eq!((rejection.policy().name(), rejection.retry_after()), ("day", 86_399));
}

#[test]
fn decision_returns_grants_in_the_sequence_of_the_requests_with_separate_receipts() {
    let epoch = Instant::now();
    let store = MemoryStore::new(1000, epoch);
    let (address, account) = (named("login", 1, 60), named("login_account", 1, 60));
    let mut grants = decide_all(&store, &[(&address, "x"), (&account, "y")], epoch).unwrap();
    let names = grants.iter().map(|grant| grant.status.policy().name());
    assert_eq!(names.collect::<Vec<_>>(), ["login", "login_account"]);
    assert!(store.refund_now(grants.remove(1).receipt));
    assert!(decide(&store, &account, "y", epoch).is_ok());
    assert!(decide(&store, &address, "x", epoch).is_err());
}

#[test]
fn decision_never_exceeds_the_limit_when_a_request_repeats_a_key() {
    let epoch = Instant::now();
    let store = MemoryStore::new(1000, epoch);
    let login = named("login", 3, 60);
    let twice = [(&login, "x"), (&login, "x")];
    assert!(decide_all(&store, &twice, epoch).is_ok());
    assert!(decide_all(&store, &twice, epoch).is_err());
    assert_eq!(decide(&store, &login, "x", epoch).unwrap().status.remaining(), 0);
}

#[test]
fn store_counts_keys_of_different_policies_separately() {
    let epoch = Instant::now();
    let store = MemoryStore::new(1000, epoch);
    for policy in [named("login", 1, 60), named("register", 1, 60), named("register", 2, 60)] {
        assert!(decide(&store, &policy, "x", epoch).is_ok());
    }
}

#[test]
fn decision_admits_a_request_without_limits() {
    let epoch = Instant::now();
    assert!(decide_all(&MemoryStore::new(1000, epoch), &[], epoch).unwrap().is_empty());
}
