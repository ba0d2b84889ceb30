//! Keys are bounded, and making room never resets a key that is at its limit.

use std::{collections::HashMap, time::Instant};

use proptest::prelude::*;

use super::harness::{ask, ask_all, millis, named, policy, secs};
use crate::MemoryStore;

#[test]
fn expired_keys_go_first_then_the_stalest() {
    let birth = Instant::now();
    let store = MemoryStore::new(3, birth);
    let (short, long) = (named("short", 2, 10), named("long", 2, 1000));
    ask(&store, &long, "old", birth).unwrap();
    ask(&store, &long, "older but used again", birth).unwrap();
    ask(&store, &short, "expired", birth + secs(1)).unwrap();
    // Full: the short one goes, though the long ones are older.
    ask(&store, &long, "new", birth + secs(11)).unwrap();
    assert_eq!((store.stats().expired, store.stats().evicted), (1, 0));
    // "old" is at its limit from here on, "older but used again" is the stalest that is not.
    ask(&store, &long, "old", birth + secs(12)).unwrap();
    ask(&store, &long, "newer", birth + secs(13)).unwrap();
    assert_eq!((store.stats().expired, store.stats().evicted), (1, 1));
    assert!(ask(&store, &long, "old", birth + secs(14)).is_err());
    let used_again = ask(&store, &long, "older but used again", birth + secs(14)).unwrap();
    assert_eq!(used_again.standing.remaining(), 1, "it was let go");
}

#[test]
fn a_full_key_whose_window_moved_on_makes_room() {
    let birth = Instant::now();
    let store = MemoryStore::new(1, birth);
    let login = policy(2, 60);
    ask(&store, &login, "a", birth).unwrap();
    ask(&store, &login, "a", birth + secs(50)).unwrap();
    assert!(ask(&store, &login, "b", birth + secs(59)).is_ok());
    assert_eq!((store.stats().evicted, store.stats().overflowed), (0, 1));
    assert!(ask(&store, &login, "b", birth + secs(60)).is_ok());
    assert_eq!((store.stats().evicted, store.stats().overflowed), (1, 1));
}

#[test]
fn while_every_key_is_at_its_limit_new_ones_share_one_per_policy() {
    let birth = Instant::now();
    let store = MemoryStore::new(2, birth);
    let (login, other) = (policy(1, 60), named("other", 1, 60));
    assert!(ask(&store, &login, "a", birth).is_ok());
    assert!(ask(&store, &login, "b", birth).is_ok());
    assert!(ask(&store, &login, "c", birth + secs(1)).is_ok());
    let refusal = ask(&store, &login, "d", birth + secs(2)).unwrap_err();
    assert_eq!(refusal.retry_after(), 59);
    assert!(ask(&store, &other, "d", birth + secs(2)).is_ok());
    assert!(ask(&store, &login, "a", birth + secs(2)).is_err());
    assert_eq!((store.stats().keys, store.stats().overflowed), (2, 3));
    assert!(ask(&store, &login, "d", birth + secs(60)).is_ok());
    assert_eq!(store.stats().overflowed, 3);
}

#[test]
fn an_admission_under_the_shared_key_can_be_given_back() {
    let birth = Instant::now();
    let store = MemoryStore::new(1, birth);
    let login = policy(1, 60);
    ask(&store, &login, "a", birth).unwrap();
    let shared = ask(&store, &login, "b", birth).unwrap();
    assert!(ask(&store, &login, "c", birth).is_err());
    assert!(store.refund_now(shared.receipt));
    assert!(ask(&store, &login, "c", birth).is_ok());
}

#[test]
fn a_request_refused_by_the_shared_key_charges_none() {
    let birth = Instant::now();
    let store = MemoryStore::new(1, birth);
    let (login, account) = (policy(3, 60), named("account", 1, 60));
    ask(&store, &account, "full", birth).unwrap();
    ask(&store, &account, "shared", birth).unwrap();
    assert!(ask_all(&store, &[(&login, "a"), (&account, "b")], birth).is_err());
    assert_eq!(ask(&store, &login, "a", birth).unwrap().standing.remaining(), 2);
}

#[test]
fn a_refused_request_pushes_no_key_out() {
    let birth = Instant::now();
    let store = MemoryStore::new(2, birth);
    let (login, account) = (policy(1, 60), named("account", 5, 60));
    ask(&store, &login, "attacker", birth).unwrap();
    ask(&store, &account, "owner", birth).unwrap();
    for number in 0..100 {
        let victim = number.to_string();
        assert!(ask_all(&store, &[(&account, &victim), (&login, "attacker")], birth).is_err());
    }
    assert_eq!(store.stats().evicted, 0);
    assert_eq!(ask(&store, &account, "owner", birth).unwrap().standing.remaining(), 3);
}

#[test]
fn keys_of_one_request_do_not_push_each_other_out() {
    let birth = Instant::now();
    let store = MemoryStore::new(1, birth);
    let (login, account) = (policy(5, 60), named("account", 5, 60));
    let asks = [(&login, "a"), (&account, "b")];
    assert!(ask_all(&store, &asks, birth).is_ok());
    assert!(ask_all(&store, &asks, birth + millis(1)).is_ok());
    assert_eq!(ask(&store, &login, "a", birth + millis(2)).unwrap().standing.remaining(), 2);
}

#[test]
fn a_flood_of_keys_never_exceeds_the_bound_and_is_gone_two_windows_later() {
    let birth = Instant::now();
    for most in [1, 7, 1000, 5000] {
        let store = MemoryStore::new(most, birth);
        for number in 0..20_000_u32 {
            ask(&store, &policy(5, 60), &number.to_string(), birth).unwrap();
            assert!(number % 97 > 0 || store.stats().keys <= most);
        }
        // Each shard makes room among its own keys, so a few less than the bound may be held.
        assert!((most * 9 / 10..=most).contains(&store.stats().keys));
        store.sweep(birth + secs(120));
        assert_eq!(store.stats().keys, 0);
    }
}

#[test]
fn keys_in_use_outlive_a_flood_of_new_ones() {
    let birth = Instant::now();
    let store = MemoryStore::new(1000, birth);
    let login = policy(100_000, 86_400);
    for number in 0..5000_u64 {
        let now = birth + secs(number);
        ask(&store, &login, &number.to_string(), now).unwrap();
        // The first thirty, so that they stand foremost, each used every four seconds.
        let hot = (number % 4..30).step_by(4).filter(|&hot| hot <= number);
        for hot in hot {
            let left = ask(&store, &login, &hot.to_string(), now).unwrap().standing.remaining();
            assert!(number < 50 || left < 99_999, "{hot} was let go by {number}");
        }
    }
    assert_eq!((store.stats().keys, store.stats().evicted), (1000, 4000));
}

proptest! {
    #[test]
    fn a_key_at_its_limit_is_never_reset_by_making_room(
        requests in 1..=7_u32,
        most in 1..=6_usize,
        calls in proptest::collection::vec((0..=3000_u64, 0..25_u8), 1..400),
    ) {
        let birth = Instant::now();
        let store = MemoryStore::new(most, birth);
        let login = policy(requests, 20);
        let mut limited_until = HashMap::new();
        let mut now = birth;
        for (gap, key) in calls {
            now += millis(gap);
            let decision = ask(&store, &login, &key.to_string(), now);
            prop_assert!(store.stats().keys <= most);
            if let Some(&until) = limited_until.get(&key) {
                prop_assert!(now >= until || decision.is_err(), "{} was reset", key);
            }
            if let Ok(grant) = decision && grant.standing.remaining() == 0 {
                // Those that share a key are not at a limit of their own.
                if grant.receipt.digest.is_some() {
                    limited_until.insert(key, now + grant.standing.reset());
                }
            }
        }
    }
}
