//! A shared store that fails on demand: nothing fails with it, and nobody gets more than the limit.

use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;

use super::{
    super::{
        Ask, Decision, Grant, MemoryStore, Policy, Receipt, Standing, Store, StoreError,
        circuit_breaker::{FAILURES, REST},
    },
    FallbackStore,
};

/// Another memory, which counts how often it is asked, and answers only while it is there.
struct Elsewhere {
    store: MemoryStore,
    gone: AtomicBool,
    asked: AtomicU32,
}

impl Elsewhere {
    fn new(birth: Instant) -> Self {
        Self { store: MemoryStore::new(1000, birth), gone: AtomicBool::new(false), asked: AtomicU32::new(0) }
    }

    fn answer(&self) -> Result<(), StoreError> {
        self.asked.fetch_add(1, Relaxed);
        if self.gone.load(Relaxed) { Err(StoreError::Unavailable("gone".into())) } else { Ok(()) }
    }
}

#[async_trait]
impl Store for Arc<Elsewhere> {
    fn name(&self) -> &'static str {
        "elsewhere"
    }

    async fn decide(&self, asks: &[Ask<'_>], now: Instant) -> Result<Decision, StoreError> {
        self.answer()?;
        match self.store.decide_now(asks, now) {
            Decision::Admitted(grants) => Ok(Decision::Admitted(grants.into_iter().map(theirs).collect())),
            refused @ Decision::Refused(_) => Ok(refused),
        }
    }

    async fn refund(&self, receipt: Receipt) -> Result<bool, StoreError> {
        self.answer()?;
        Ok(self.store.refund_now(Receipt { store: "memory", ..receipt }))
    }

    async fn clear(&self, ask: Ask<'_>) -> Result<bool, StoreError> {
        self.answer()?;
        Ok(self.store.clear_now(&ask))
    }

    async fn check(&self, _now: Instant) -> Result<(), StoreError> {
        self.answer()
    }
}

fn theirs(mut grant: Grant) -> Grant {
    grant.receipt.store = "elsewhere";
    grant
}

struct Scene {
    elsewhere: Arc<Elsewhere>,
    store: FallbackStore<Arc<Elsewhere>>,
    policy: Policy,
    birth: Instant,
}

impl Scene {
    fn new(requests: u32) -> Self {
        let birth = Instant::now();
        let elsewhere = Arc::new(Elsewhere::new(birth));
        let policy = Policy::new("login", NonZeroU32::new(requests).unwrap(), Duration::from_mins(1)).unwrap();
        let store = FallbackStore::new(Arc::clone(&elsewhere), MemoryStore::new(1000, birth));
        Self { elsewhere, store, policy, birth }
    }

    fn gone(&self, gone: bool) {
        self.elsewhere.gone.store(gone, Relaxed);
    }

    fn asked(&self) -> u32 {
        self.elsewhere.asked.swap(0, Relaxed)
    }

    async fn ask(&self, key: &str, after: Duration) -> Result<Grant, Standing> {
        let asks = [Ask { policy: &self.policy, key }];
        match self.store.decide(&asks, self.birth + after).await.expect("it never fails") {
            Decision::Admitted(mut grants) => Ok(grants.remove(0)),
            Decision::Refused(standing) => Err(standing),
        }
    }
}

const NOW: Duration = Duration::ZERO;

#[tokio::test]
async fn with_the_store_gone_memory_decides_under_the_same_limit() {
    let scene = Scene::new(5);
    scene.gone(true);
    for left in (0..5).rev() {
        assert_eq!(scene.ask("a", NOW).await.unwrap().standing.remaining(), left);
    }
    assert_eq!(scene.ask("a", NOW).await.unwrap_err().retry_after(), 60);
}

#[tokio::test]
async fn after_three_failures_it_is_not_asked_for_five_seconds_and_then_by_one() {
    let scene = Scene::new(1000);
    scene.gone(true);
    for _ in 0..100 {
        scene.ask("a", NOW).await.unwrap();
    }
    assert_eq!(scene.asked(), FAILURES);
    for _ in 0..100 {
        scene.ask("a", Duration::from_millis(4999)).await.unwrap();
    }
    assert_eq!(scene.asked(), 0);
    for _ in 0..100 {
        scene.ask("a", REST).await.unwrap();
    }
    assert_eq!(scene.asked(), 1);
    assert_eq!(scene.store.report().errors, u64::from(FAILURES) + 1);
    assert_eq!(scene.store.report().fallbacks, 300);
}

#[tokio::test]
async fn two_failures_and_an_answer_open_nothing() {
    let scene = Scene::new(1000);
    for _ in 0..10 {
        scene.gone(true);
        for _ in 1..FAILURES {
            scene.ask("a", NOW).await.unwrap();
        }
        scene.gone(false);
        scene.ask("a", NOW).await.unwrap();
    }
    assert!(!scene.store.report().alone);
}

#[tokio::test]
async fn it_is_asked_by_all_again_once_one_was_answered() {
    let scene = Scene::new(1000);
    scene.gone(true);
    for _ in 0..3 {
        scene.ask("a", NOW).await.unwrap();
    }
    assert!(scene.store.report().alone && scene.store.check(scene.birth).await.is_err());
    scene.gone(false);
    assert!(scene.store.check(scene.birth).await.is_err(), "the rest is not over");
    scene.asked();
    assert!(scene.store.check(scene.birth + REST).await.is_ok());
    for _ in 0..10 {
        scene.ask("a", REST).await.unwrap();
    }
    assert_eq!((scene.asked(), scene.store.report().alone), (11, false));
}

#[tokio::test]
async fn a_probe_whose_client_left_is_followed_by_another_after_a_rest() {
    let scene = Scene::new(1000);
    scene.store.begin_alone(scene.birth);
    // Asked and never awaited to its end: what a client that leaves makes of its request.
    assert!(scene.store.breaker.pass(scene.birth + REST).is_some());
    assert!(scene.store.breaker.pass(scene.birth + REST).is_none());
    scene.ask("a", 2 * REST).await.unwrap();
    assert!(!scene.store.report().alone);
}

#[tokio::test]
async fn a_late_answer_from_before_the_failures_closes_nothing() {
    let scene = Scene::new(1000);
    let early = scene.store.breaker.pass(scene.birth).unwrap();
    scene.store.begin_alone(scene.birth);
    assert!(!scene.store.breaker.answered(early) && scene.store.report().alone);
}

#[tokio::test]
async fn what_was_charged_is_given_back_where_it_was_charged() {
    let scene = Scene::new(1);
    let there = scene.ask("a", NOW).await.unwrap();
    scene.gone(true);
    let here = scene.ask("a", NOW).await.unwrap();
    assert_eq!((there.receipt.store(), here.receipt.store()), ("elsewhere", "memory"));
    assert!(scene.store.refund(here.receipt).await.unwrap());
    assert!(scene.ask("a", NOW).await.is_ok(), "memory has it back");
    assert!(!scene.store.refund(there.receipt).await.unwrap(), "the other is gone, which fails nobody");
}

#[tokio::test]
async fn clearing_forgets_the_key_in_both() {
    let scene = Scene::new(1);
    scene.ask("a", NOW).await.unwrap();
    scene.gone(true);
    scene.ask("a", NOW).await.unwrap();
    scene.gone(false);
    assert!(scene.store.clear(Ask { policy: &scene.policy, key: "a" }).await.unwrap());
    assert!(scene.ask("a", NOW).await.is_ok());
    scene.gone(true);
    assert!(scene.ask("a", NOW).await.is_ok());
}

/// Decides by itself when the store fails, as a store would that admits whatever it cannot count.
#[tokio::test]
async fn the_check_catches_a_twin_that_admits_while_the_store_is_gone() {
    let scene = Scene::new(5);
    scene.gone(true);
    let mut admitted = (0, 0);
    for _ in 0..50 {
        let asks = [Ask { policy: &scene.policy, key: "a" }];
        // The twin: an error means yes.
        let open = scene.elsewhere.decide(&asks, scene.birth).await;
        admitted.0 += u32::from(!matches!(open, Ok(Decision::Refused(_))));
        admitted.1 += u32::from(scene.ask("a", NOW).await.is_ok());
    }
    assert_eq!(admitted, (50, 5));
}
