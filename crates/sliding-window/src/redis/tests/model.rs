//! Compares the store with a simple model. The model keeps every admission in a list and counts with a full scan.

use std::{collections::HashMap, time::Duration};

use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::{
    super::super::{ChargeReceipt, Decision, LimitRequest, Policy, Store},
    harness::{TimedStore, named},
};

#[derive(Debug, Clone)]
enum Step {
    /// One request. Contains the key per policy, or `None` if the policy does not apply.
    Decide([Option<u8>; 3]),
    Refund(prop::sample::Index),
    Clear(usize, u8),
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let key = || prop::option::of(0..3_u8);
    let step = prop_oneof![
        8 => [key(), key(), key()].prop_map(Step::Decide),
        3 => any::<prop::sample::Index>().prop_map(Step::Refund),
        1 => (0..3_usize, 0..3_u8).prop_map(|(policy, key)| Step::Clear(policy, key)),
    ];
    let gap = prop_oneof![Just(0), 0..=400_000_u64, 0..=4_000_000_u64];
    proptest::collection::vec((gap, step), 1..100)
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

struct Comparison {
    policies: [Policy; 3],
    timed: TimedStore,
    model: Model,
    granted: Vec<((usize, u8), u64, ChargeReceipt)>,
}

impl Comparison {
    async fn decide(&mut self, requests: &[(usize, u8)], now: u64) {
        if requests.is_empty() {
            return;
        }
        let keys: Vec<_> = requests.iter().map(|(_, key)| key.to_string()).collect();
        let pairs: Vec<_> = requests.iter().zip(&keys).map(|(at, key)| (&self.policies[at.0], key.as_str())).collect();
        let decision = self.timed.decide(&pairs, now).await;
        let wait = self.model.longest_wait(&self.policies, requests, now);
        match (decision, wait) {
            (Decision::Rejected(status), Some(wait)) => assert_eq!(status.reset(), Duration::from_micros(wait)),
            (Decision::Admitted(grants), None) => {
                for (&at, grant) in requests.iter().zip(grants) {
                    self.model.0.entry(at).or_default().push(now);
                    let (held, reset) = self.model.held(&self.policies, at, now);
                    let left = self.policies[at.0].requests().get() - u32::try_from(held).unwrap();
                    assert_eq!(grant.status.remaining(), left);
                    assert_eq!(grant.status.reset(), Duration::from_micros(reset));
                    self.granted.push((at, now, grant.receipt));
                }
            }
            (decision, wait) => panic!("{decision:?}, but the model returns {wait:?}"),
        }
    }

    async fn refund(&mut self, which: prop::sample::Index, now: u64) {
        if self.granted.is_empty() {
            return;
        }
        let (at, time, receipt) = self.granted.swap_remove(which.index(self.granted.len()));
        self.model.held(&self.policies, at, now);
        let times = self.model.0.entry(at).or_default();
        // Does not check the refund of an expired admission, because the store may or may not still hold the admission.
        let refunded = self.timed.store.refund(receipt).await.unwrap();
        if let Some(held) = times.iter().position(|&held| held == time) {
            assert!(refunded);
            times.remove(held);
        }
    }

    async fn clear(&mut self, policy: usize, key: u8) {
        self.model.0.remove(&(policy, key));
        self.granted.retain(|(at, ..)| *at != (policy, key));
        self.timed.store.clear(LimitRequest { policy: &self.policies[policy], key: &key.to_string() }).await.unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn store_decides_like_the_model(steps in steps()) {
        Runtime::new().unwrap().block_on(async {
            let Some(timed) = TimedStore::open().await else { return };
            let policies = [named("a", 2, 1), named("b", 7, 3), named("c", 7, 2)];
            let mut comparison = Comparison { policies, timed, model: Model::default(), granted: Vec::new() };
            let mut now = 0;
            for (gap, step) in steps {
                now += gap;
                match step {
                    Step::Decide(keys) => {
                        let requests = keys.into_iter().enumerate();
                        let requests: Vec<_> = requests.filter_map(|(p, key)| Some((p, key?))).collect();
                        comparison.decide(&requests, now).await;
                    }
                    Step::Refund(which) => comparison.refund(which, now).await,
                    Step::Clear(policy, key) => comparison.clear(policy, key).await,
                }
            }
        });
    }
}
