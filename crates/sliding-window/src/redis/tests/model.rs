//! The store beside the plainest possible one: lists that are searched in full.

use std::{collections::HashMap, time::Duration};

use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::{
    super::super::{Ask, Decision, Policy, Receipt, Store},
    harness::{Timed, named},
};

#[derive(Debug, Clone)]
enum Step {
    /// One request: whether it asks each policy, and for which key.
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

struct Beside {
    policies: [Policy; 3],
    timed: Timed,
    model: Model,
    granted: Vec<((usize, u8), u64, Receipt)>,
}

impl Beside {
    async fn decide(&mut self, asks: &[(usize, u8)], now: u64) {
        if asks.is_empty() {
            return;
        }
        let keys: Vec<_> = asks.iter().map(|(_, key)| key.to_string()).collect();
        let pairs: Vec<_> = asks.iter().zip(&keys).map(|(at, key)| (&self.policies[at.0], key.as_str())).collect();
        let decision = self.timed.decide(&pairs, now).await;
        let wait = self.model.longest_wait(&self.policies, asks, now);
        match (decision, wait) {
            (Decision::Refused(standing), Some(wait)) => assert_eq!(standing.reset(), Duration::from_micros(wait)),
            (Decision::Admitted(grants), None) => {
                for (&at, grant) in asks.iter().zip(grants) {
                    self.model.0.entry(at).or_default().push(now);
                    let (held, reset) = self.model.held(&self.policies, at, now);
                    let left = self.policies[at.0].requests().get() - u32::try_from(held).unwrap();
                    assert_eq!(grant.standing.remaining(), left);
                    assert_eq!(grant.standing.reset(), Duration::from_micros(reset));
                    self.granted.push((at, now, grant.receipt));
                }
            }
            (decision, wait) => panic!("{decision:?}, but the lists say {wait:?}"),
        }
    }

    async fn refund(&mut self, which: prop::sample::Index, now: u64) {
        if self.granted.is_empty() {
            return;
        }
        let (at, stamp, receipt) = self.granted.swap_remove(which.index(self.granted.len()));
        self.model.held(&self.policies, at, now);
        let stamps = self.model.0.entry(at).or_default();
        // What has left the window may still lie in the log; giving it back changes nothing.
        let refunded = self.timed.store.refund(receipt).await.unwrap();
        if let Some(held) = stamps.iter().position(|&held| held == stamp) {
            assert!(refunded);
            stamps.remove(held);
        }
    }

    async fn clear(&mut self, policy: usize, key: u8) {
        self.model.0.remove(&(policy, key));
        self.granted.retain(|(at, ..)| *at != (policy, key));
        self.timed.store.clear(Ask { policy: &self.policies[policy], key: &key.to_string() }).await.unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_store_decides_as_plain_lists_would(steps in steps()) {
        Runtime::new().unwrap().block_on(async {
            let Some(timed) = Timed::open().await else { return };
            let policies = [named("a", 2, 1), named("b", 7, 3), named("c", 7, 2)];
            let mut beside = Beside { policies, timed, model: Model::default(), granted: Vec::new() };
            let mut now = 0;
            for (gap, step) in steps {
                now += gap;
                match step {
                    Step::Decide(keys) => {
                        let asks = keys.into_iter().enumerate();
                        let asks: Vec<_> = asks.filter_map(|(p, key)| Some((p, key?))).collect();
                        beside.decide(&asks, now).await;
                    }
                    Step::Refund(which) => beside.refund(which, now).await,
                    Step::Clear(policy, key) => beside.clear(policy, key).await,
                }
            }
        });
    }
}
