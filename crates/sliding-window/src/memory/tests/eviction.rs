//! Tests of eviction: the number of keys is bounded, and a key at its limit is never reset.

use std::{collections::HashMap, time::Instant};

use proptest::prelude::*;

use super::harness::{decide, decide_all, millis, named, policy, secs};
use crate::{MemoryStore, Store};

#[test]
fn new_key_evicts_expired_keys_first_and_then_the_least_recently_used() {
    let epoch = Instant::now();
    let store = MemoryStore::new(3, epoch);
    let (short, long) = (named("short", 2, 10), named("long", 2, 1000));
    decide(&store, &long, "old", epoch).unwrap();
    decide(&store, &long, "older but used again", epoch).unwrap();
    decide(&store, &short, "expired", epoch + secs(1)).unwrap();
    // The store is full. The store removes the expired key, although the other keys are older.
    decide(&store, &long, "new", epoch + secs(11)).unwrap();
    assert_eq!((store.stats().expired, store.stats().evicted), (1, 0));
    // "old" reaches its limit. "older but used again" is the least recently used key below its limit.
    decide(&store, &long, "old", epoch + secs(12)).unwrap();
    decide(&store, &long, "newer", epoch + secs(13)).unwrap();
    assert_eq!((store.stats().expired, store.stats().evicted), (1, 1));
    assert!(decide(&store, &long, "old", epoch + secs(14)).is_err());
    let used_again = decide(&store, &long, "older but used again", epoch + secs(14)).unwrap();
    assert_eq!(used_again.status.remaining(), 1, "the key was evicted");
}

#[test]
fn new_key_evicts_a_full_key_whose_oldest_admission_has_expired() {
    let epoch = Instant::now();
    let store = MemoryStore::new(1, epoch);
    let login = policy(2, 60);
    decide(&store, &login, "a", epoch).unwrap();
    decide(&store, &login, "a", epoch + secs(50)).unwrap();
    assert!(decide(&store, &login, "b", epoch + secs(59)).is_ok());
    assert_eq!((store.stats().evicted, store.stats().overflowed), (0, 1));
    assert!(decide(&store, &login, "b", epoch + secs(60)).is_ok());
    assert_eq!((store.stats().evicted, store.stats().overflowed), (1, 1));
}

#[test]
fn new_keys_share_one_bucket_per_policy_while_every_held_key_is_at_its_limit() {
    let epoch = Instant::now();
    let store = MemoryStore::new(2, epoch);
    let (login, other) = (policy(1, 60), named("other", 1, 60));
    assert!(decide(&store, &login, "a", epoch).is_ok());
    assert!(decide(&store, &login, "b", epoch).is_ok());
    assert!(decide(&store, &login, "c", epoch + secs(1)).is_ok());
    let rejection = decide(&store, &login, "d", epoch + secs(2)).unwrap_err();
    assert_eq!(rejection.retry_after(), 59);
    assert!(decide(&store, &other, "d", epoch + secs(2)).is_ok());
    assert!(decide(&store, &login, "a", epoch + secs(2)).is_err());
    assert_eq!((store.stats().keys, store.stats().overflowed), (2, 3));
    assert!(decide(&store, &login, "d", epoch + secs(60)).is_ok());
    assert_eq!(store.stats().overflowed, 3);
}

#[test]
fn refund_removes_an_admission_of_the_overflow_bucket() {
    let epoch = Instant::now();
    let store = MemoryStore::new(1, epoch);
    let login = policy(1, 60);
    decide(&store, &login, "a", epoch).unwrap();
    let shared = decide(&store, &login, "b", epoch).unwrap();
    assert!(decide(&store, &login, "c", epoch).is_err());
    assert!(store.refund_now(shared.receipt));
    assert!(decide(&store, &login, "c", epoch).is_ok());
}

#[test]
fn rejection_by_the_overflow_bucket_charges_no_other_limit() {
    let epoch = Instant::now();
    let store = MemoryStore::new(1, epoch);
    let (login, account) = (policy(3, 60), named("account", 1, 60));
    decide(&store, &account, "full", epoch).unwrap();
    decide(&store, &account, "shared", epoch).unwrap();
    assert!(decide_all(&store, &[(&login, "a"), (&account, "b")], epoch).is_err());
    assert_eq!(decide(&store, &login, "a", epoch).unwrap().status.remaining(), 2);
}

#[test]
fn rejected_request_evicts_no_key() {
    let epoch = Instant::now();
    let store = MemoryStore::new(2, epoch);
    let (login, account) = (policy(1, 60), named("account", 5, 60));
    decide(&store, &login, "attacker", epoch).unwrap();
    decide(&store, &account, "owner", epoch).unwrap();
    for number in 0..100 {
        let other = number.to_string();
        assert!(decide_all(&store, &[(&account, &other), (&login, "attacker")], epoch).is_err());
    }
    assert_eq!(store.stats().evicted, 0);
    assert_eq!(decide(&store, &account, "owner", epoch).unwrap().status.remaining(), 3);
}

#[test]
fn keys_of_one_request_do_not_evict_each_other() {
    let epoch = Instant::now();
    let store = MemoryStore::new(1, epoch);
    let (login, account) = (policy(5, 60), named("account", 5, 60));
    let requests = [(&login, "a"), (&account, "b")];
    assert!(decide_all(&store, &requests, epoch).is_ok());
    assert!(decide_all(&store, &requests, epoch + millis(1)).is_ok());
    assert_eq!(decide(&store, &login, "a", epoch + millis(2)).unwrap().status.remaining(), 2);
}

#[test]
fn flood_of_keys_never_exceeds_max_keys_and_is_purged_after_two_windows() {
    let epoch = Instant::now();
    for max_keys in [1, 7, 1000, 5000] {
        let store = MemoryStore::new(max_keys, epoch);
        for number in 0..20_000_u32 {
            decide(&store, &policy(5, 60), &number.to_string(), epoch).unwrap();
            assert!(number % 97 > 0 || store.stats().keys <= max_keys);
        }
        // Each shard evicts only its own keys, so that the store may hold fewer keys than `max_keys`.
        assert!((max_keys * 9 / 10..=max_keys).contains(&store.stats().keys));
        store.purge_expired(epoch + secs(120));
        assert_eq!(store.stats().keys, 0);
    }
}

#[test]
fn keys_in_use_survive_a_flood_of_new_keys() {
    let epoch = Instant::now();
    let store = MemoryStore::new(1000, epoch);
    let login = policy(100_000, 86_400);
    for number in 0..5000_u64 {
        let now = epoch + secs(number);
        decide(&store, &login, &number.to_string(), now).unwrap();
        // Uses each of the first thirty keys every four seconds. These keys are at the front of the queue.
        let used = (number % 4..30).step_by(4).filter(|&key| key <= number);
        for key in used {
            let left = decide(&store, &login, &key.to_string(), now).unwrap().status.remaining();
            assert!(number < 50 || left < 99_999, "{key} was evicted by {number}");
        }
    }
    assert_eq!((store.stats().keys, store.stats().evicted), (1000, 4000));
}

proptest! {
    #[test]
    fn key_at_its_limit_is_never_reset_by_eviction(
        requests in 1..=7_u32,
        max_keys in 1..=6_usize,
        calls in proptest::collection::vec((0..=3000_u64, 0..25_u8), 1..400),
    ) {
        let epoch = Instant::now();
        let store = MemoryStore::new(max_keys, epoch);
        let login = policy(requests, 20);
        let mut limited_until = HashMap::new();
        let mut now = epoch;
        for (gap, key) in calls {
            now += millis(gap);
            let decision = decide(&store, &login, &key.to_string(), now);
            prop_assert!(store.stats().keys <= max_keys);
            if let Some(&until) = limited_until.get(&key) {
                prop_assert!(now >= until || decision.is_err(), "{} was reset", key);
            }
            if let Ok(grant) = decision && grant.status.remaining() == 0 {
                // Skips keys in the overflow bucket, because such a key is not at a limit of its own.
                if grant.receipt.key_hash.is_some() {
                    limited_until.insert(key, now + grant.status.reset());
                }
            }
        }
    }
}
