//! Compares the store with a simple model. The model keeps every admission in a list and counts with a full scan.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use proptest::prelude::*;

use super::{
    super::super::{ChargeReceipt, LimitRequest, MemoryStore, Policy, Store},
    harness::{decide_all, named},
};

#[derive(Debug, Clone)]
enum Step {
    /// One request. Contains the key per policy, or `None` if the policy does not apply.
    Decide([Option<u8>; 3]),
    Refund(prop::sample::Index),
    Clear(usize, u8),
    Purge,
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let key = || prop::option::of(0..3_u8);
    let step = prop_oneof![
        8 => [key(), key(), key()].prop_map(Step::Decide),
        3 => any::<prop::sample::Index>().prop_map(Step::Refund),
        1 => (0..3_usize, 0..3_u8).prop_map(|(policy, key)| Step::Clear(policy, key)),
        1 => Just(Step::Purge),
    ];
    let gap = prop_oneof![Just(0), 0..=400_000_u64, 0..=4_000_000_u64];
    proptest::collection::vec((gap, step), 1..150)
}

/// Admission times by policy and key, in microseconds, oldest first.
#[derive(Default)]
struct Model(HashMap<(usize, u8), Vec<u64>>);

impl Model {
    /// Returns the number of counted admissions, and the time until the oldest admission expires.
    fn held(&mut self, policies: &[Policy], at: (usize, u8), now: u64) -> (usize, u64) {
        let window = u64::try_from(policies[at.0].window().as_micros()).unwrap();
        let times = self.0.entry(at).or_default();
        times.retain(|time| time + window > now);
        (times.len(), times.first().map_or(0, |oldest| oldest + window - now))
    }

    fn longest_wait(&mut self, policies: &[Policy], requests: &[(usize, u8)], now: u64) -> Option<u64> {
        let waits = requests.iter().filter_map(|&at| {
            let (held, wait) = self.held(policies, at, now);
            (held >= policies[at.0].requests().get() as usize).then_some(wait)
        });
        waits.max()
    }
}

/// The store, the model, and the granted admissions. An admission has a policy, a key, a time and a charge receipt.
struct Comparison {
    policies: [Policy; 3],
    store: MemoryStore,
    model: Model,
    granted: Vec<((usize, u8), u64, ChargeReceipt)>,
    epoch: Instant,
}

impl Comparison {
    fn new() -> Self {
        let epoch = Instant::now();
        Self {
            policies: [named("a", 2, 1), named("b", 7, 3), named("c", 7, 2)],
            store: MemoryStore::new(100_000, epoch),
            model: Model::default(),
            granted: Vec::new(),
            epoch,
        }
    }

    fn decide(&mut self, requests: &[(usize, u8)], now: u64) -> Result<(), TestCaseError> {
        let keys: Vec<_> = requests.iter().map(|(_, key)| key.to_string()).collect();
        let pairs: Vec<_> = requests.iter().zip(&keys).map(|(at, key)| (&self.policies[at.0], key.as_str())).collect();
        let decision = decide_all(&self.store, &pairs, self.epoch + Duration::from_micros(now));
        if let Some(wait) = self.model.longest_wait(&self.policies, requests, now) {
            prop_assert_eq!(decision.unwrap_err().reset(), Duration::from_micros(wait));
            return Ok(());
        }
        for (&at, grant) in requests.iter().zip(decision.unwrap()) {
            self.model.0.entry(at).or_default().push(now);
            let (held, reset) = self.model.held(&self.policies, at, now);
            let left = self.policies[at.0].requests().get() - u32::try_from(held).unwrap();
            prop_assert_eq!(grant.status.remaining(), left);
            prop_assert_eq!(grant.status.reset(), Duration::from_micros(reset));
            self.granted.push((at, now, grant.receipt));
        }
        Ok(())
    }

    fn refund(&mut self, which: prop::sample::Index, now: u64) -> Result<(), TestCaseError> {
        if self.granted.is_empty() {
            return Ok(());
        }
        let (at, time, receipt) = self.granted.swap_remove(which.index(self.granted.len()));
        let counted = self.model.held(&self.policies, at, now).0 > 0;
        let times = self.model.0.entry(at).or_default();
        let held = times.iter().position(|&held| held == time);
        // Does not check the refund of an expired admission, because the store may or may not still hold the admission.
        let refunded = self.store.refund_now(receipt);
        if let Some(held) = held {
            prop_assert!(refunded && counted);
            times.remove(held);
        }
        Ok(())
    }

    fn clear(&mut self, policy: usize, key: u8) {
        self.model.0.remove(&(policy, key));
        self.granted.retain(|(at, ..)| *at != (policy, key));
        self.store.clear_now(&LimitRequest { policy: &self.policies[policy], key: &key.to_string() });
    }

    /// Checks that a purge keeps every key with an admission in its window.
    fn purge(&mut self, now: u64) -> Result<(), TestCaseError> {
        self.store.purge_expired(self.epoch + Duration::from_micros(now));
        let keys: Vec<_> = self.model.0.keys().copied().collect();
        let live = keys.iter().filter(|&&at| self.model.held(&self.policies, at, now).0 > 0);
        prop_assert!(self.store.stats().keys >= live.count());
        Ok(())
    }
}

proptest! {
    #[test]
    fn store_decides_like_the_model(steps in steps()) {
        let mut comparison = Comparison::new();
        let mut now = 0;
        for (gap, step) in steps {
            now += gap;
            match step {
                Step::Decide(keys) => {
                    let requests = keys.into_iter().enumerate();
                    let requests: Vec<_> = requests.filter_map(|(p, key)| Some((p, key?))).collect();
                    comparison.decide(&requests, now)?;
                }
                Step::Refund(which) => comparison.refund(which, now)?,
                Step::Clear(policy, key) => comparison.clear(policy, key),
                Step::Purge => comparison.purge(now)?,
            }
        }
        // All admissions expire after two windows, so that the store must be empty.
        comparison.store.purge_expired(comparison.epoch + Duration::from_micros(now + 6_000_000));
        prop_assert_eq!(comparison.store.stats().keys, 0);
    }
}
