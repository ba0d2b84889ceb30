//! Several limits on one request: all admit it, or none is charged.

use std::time::Instant;

use super::harness::{ask, ask_all, named, secs};
use crate::MemoryStore;

#[test]
fn a_refusal_by_one_limit_charges_none() {
    let birth = Instant::now();
    let store = MemoryStore::new(1000, birth);
    let (address, account) = (named("login", 5, 60), named("login_account", 1, 3600));
    assert!(ask_all(&store, &[(&address, "x"), (&account, "y")], birth).is_ok());
    for _ in 0..10 {
        let refusal = ask_all(&store, &[(&address, "x"), (&account, "y")], birth).unwrap_err();
        assert_eq!(refusal.policy().name(), "login_account");
    }
    assert_eq!(ask(&store, &address, "x", birth).unwrap().standing.remaining(), 3);
}

#[test]
fn of_several_refusals_the_longest_wait_is_told() {
    let birth = Instant::now();
    let store = MemoryStore::new(1000, birth);
    let limits = [named("login", 1, 60), named("day", 1, 86_400), named("hour", 1, 3600)];
    let asks: Vec<_> = limits.iter().map(|policy| (policy, "x")).collect();
    assert_eq!(ask_all(&store, &asks, birth).unwrap().len(), 3);
    let refusal = ask_all(&store, &asks, birth + secs(1)).unwrap_err();
    assert_eq!((refusal.policy().name(), refusal.retry_after()), ("day", 86_399));
}

#[test]
fn grants_come_in_the_order_of_asking_each_with_its_own_receipt() {
    let birth = Instant::now();
    let store = MemoryStore::new(1000, birth);
    let (address, account) = (named("login", 1, 60), named("login_account", 1, 60));
    let mut grants = ask_all(&store, &[(&address, "x"), (&account, "y")], birth).unwrap();
    let names = grants.iter().map(|grant| grant.standing.policy().name());
    assert_eq!(names.collect::<Vec<_>>(), ["login", "login_account"]);
    assert!(store.refund_now(grants.remove(1).receipt));
    assert!(ask(&store, &account, "y", birth).is_ok());
    assert!(ask(&store, &address, "x", birth).is_err());
}

#[test]
fn the_same_key_asked_for_twice_is_never_admitted_beyond_its_limit() {
    let birth = Instant::now();
    let store = MemoryStore::new(1000, birth);
    let login = named("login", 3, 60);
    let twice = [(&login, "x"), (&login, "x")];
    assert!(ask_all(&store, &twice, birth).is_ok());
    assert!(ask_all(&store, &twice, birth).is_err());
    assert_eq!(ask(&store, &login, "x", birth).unwrap().standing.remaining(), 0);
}

#[test]
fn keys_of_different_policies_never_meet() {
    let birth = Instant::now();
    let store = MemoryStore::new(1000, birth);
    for policy in [named("login", 1, 60), named("register", 1, 60), named("register", 2, 60)] {
        assert!(ask(&store, &policy, "x", birth).is_ok());
    }
}

#[test]
fn a_request_without_limits_is_admitted() {
    let birth = Instant::now();
    assert!(ask_all(&MemoryStore::new(1000, birth), &[], birth).unwrap().is_empty());
}
