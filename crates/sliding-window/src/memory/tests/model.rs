//! The store beside the plainest possible one: lists that are searched in full.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use proptest::prelude::*;

use super::{
    super::super::{Ask, MemoryStore, Policy, Receipt},
    harness::{ask_all, named},
};

#[derive(Debug, Clone)]
enum Step {
    /// One request: whether it asks each policy, and for which key.
    Decide([Option<u8>; 3]),
    Refund(prop::sample::Index),
    Clear(usize, u8),
    Sweep,
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let key = || prop::option::of(0..3_u8);
    let step = prop_oneof![
        8 => [key(), key(), key()].prop_map(Step::Decide),
        3 => any::<prop::sample::Index>().prop_map(Step::Refund),
        1 => (0..3_usize, 0..3_u8).prop_map(|(policy, key)| Step::Clear(policy, key)),
        1 => Just(Step::Sweep),
    ];
    let gap = prop_oneof![Just(0), 0..=400_000_u64, 0..=4_000_000_u64];
    proptest::collection::vec((gap, step), 1..150)
}

/// Admissions by policy and key, in microseconds, oldest first.
#[derive(Default)]
struct Model(HashMap<(usize, u8), Vec<u64>>);

impl Model {
    /// How many are held, and how long until the oldest leaves.
    fn held(&mut self, policies: &[Policy], at: (usize, u8), now: u64) -> (usize, u64) {
        let window = u64::try_from(policies[at.0].window().as_micros()).unwrap();
        let stamps = self.0.entry(at).or_default();
        stamps.retain(|stamp| stamp + window > now);
        (stamps.len(), stamps.first().map_or(0, |oldest| oldest + window - now))
    }

    fn longest_wait(&mut self, policies: &[Policy], asks: &[(usize, u8)], now: u64) -> Option<u64> {
        let waits = asks.iter().filter_map(|&at| {
            let (held, wait) = self.held(policies, at, now);
            (held >= policies[at.0].requests().get() as usize).then_some(wait)
        });
        waits.max()
    }
}

/// The store, the model, and what was granted: whose, when, and its receipt.
struct Beside {
    policies: [Policy; 3],
    store: MemoryStore,
    model: Model,
    granted: Vec<((usize, u8), u64, Receipt)>,
    birth: Instant,
}

impl Beside {
    fn new() -> Self {
        let birth = Instant::now();
        Self {
            policies: [named("a", 2, 1), named("b", 7, 3), named("c", 7, 2)],
            store: MemoryStore::new(100_000, birth),
            model: Model::default(),
            granted: Vec::new(),
            birth,
        }
    }

    fn decide(&mut self, asks: &[(usize, u8)], now: u64) -> Result<(), TestCaseError> {
        let keys: Vec<_> = asks.iter().map(|(_, key)| key.to_string()).collect();
        let pairs: Vec<_> = asks.iter().zip(&keys).map(|(at, key)| (&self.policies[at.0], key.as_str())).collect();
        let decision = ask_all(&self.store, &pairs, self.birth + Duration::from_micros(now));
        if let Some(wait) = self.model.longest_wait(&self.policies, asks, now) {
            prop_assert_eq!(decision.unwrap_err().reset(), Duration::from_micros(wait));
            return Ok(());
        }
        for (&at, grant) in asks.iter().zip(decision.unwrap()) {
            self.model.0.entry(at).or_default().push(now);
            let (held, reset) = self.model.held(&self.policies, at, now);
            let left = self.policies[at.0].requests().get() - u32::try_from(held).unwrap();
            prop_assert_eq!(grant.standing.remaining(), left);
            prop_assert_eq!(grant.standing.reset(), Duration::from_micros(reset));
            self.granted.push((at, now, grant.receipt));
        }
        Ok(())
    }

    fn refund(&mut self, which: prop::sample::Index, now: u64) -> Result<(), TestCaseError> {
        if self.granted.is_empty() {
            return Ok(());
        }
        let (at, stamp, receipt) = self.granted.swap_remove(which.index(self.granted.len()));
        let counted = self.model.held(&self.policies, at, now).0 > 0;
        let stamps = self.model.0.entry(at).or_default();
        let held = stamps.iter().position(|&held| held == stamp);
        // What has left the window may still lie in the log; giving it back changes nothing.
        let refunded = self.store.refund_now(receipt);
        if let Some(held) = held {
            prop_assert!(refunded && counted);
            stamps.remove(held);
        }
        Ok(())
    }

    fn clear(&mut self, policy: usize, key: u8) {
        self.model.0.remove(&(policy, key));
        self.granted.retain(|(at, ..)| *at != (policy, key));
        self.store.clear_now(&Ask { policy: &self.policies[policy], key: &key.to_string() });
    }

    /// After a sweep, the keys held are those with an admission in their window.
    fn sweep(&mut self, now: u64) -> Result<(), TestCaseError> {
        self.store.sweep(self.birth + Duration::from_micros(now));
        let keys: Vec<_> = self.model.0.keys().copied().collect();
        let live = keys.iter().filter(|&&at| self.model.held(&self.policies, at, now).0 > 0);
        prop_assert!(self.store.stats().keys >= live.count());
        Ok(())
    }
}

proptest! {
    #[test]
    fn the_store_decides_as_plain_lists_would(steps in steps()) {
        let mut beside = Beside::new();
        let mut now = 0;
        for (gap, step) in steps {
            now += gap;
            match step {
                Step::Decide(keys) => {
                    let asks = keys.into_iter().enumerate();
                    let asks: Vec<_> = asks.filter_map(|(p, key)| Some((p, key?))).collect();
                    beside.decide(&asks, now)?;
                }
                Step::Refund(which) => beside.refund(which, now)?,
                Step::Clear(policy, key) => beside.clear(policy, key),
                Step::Sweep => beside.sweep(now)?,
            }
        }
        // Two windows later nothing is left, whatever happened.
        beside.store.sweep(beside.birth + Duration::from_micros(now + 6_000_000));
        prop_assert_eq!(beside.store.stats().keys, 0);
    }
}
