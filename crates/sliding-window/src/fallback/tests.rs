//! Tests of the fallback: no decision fails while the shared store fails, and the limit still applies.

mod recovery;

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
        ChargeReceipt, Decision, Grant, LimitRequest, LimitStatus, MemoryStore, PastAdmission, Policy, Store,
        StoreError,
        circuit_breaker::{FAILURE_THRESHOLD, OPEN_DURATION},
    },
    FallbackStore,
};

/// Shared store that counts its calls, and fails while it is down.
struct SharedStore {
    store: MemoryStore,
    down: AtomicBool,
    calls: AtomicU32,
}

impl SharedStore {
    fn new(epoch: Instant) -> Self {
        Self { store: MemoryStore::new(1000, epoch), down: AtomicBool::new(false), calls: AtomicU32::new(0) }
    }

    fn call(&self) -> Result<(), StoreError> {
        self.calls.fetch_add(1, Relaxed);
        if self.down.load(Relaxed) { Err(StoreError::Unavailable("down".into())) } else { Ok(()) }
    }
}

#[async_trait]
impl Store for Arc<SharedStore> {
    fn name(&self) -> &'static str {
        "shared"
    }

    async fn decide(&self, requests: &[LimitRequest<'_>], now: Instant) -> Result<Decision, StoreError> {
        self.call()?;
        match self.store.decide_now(requests, now) {
            Decision::Admitted(grants) => Ok(Decision::Admitted(grants.into_iter().map(as_shared).collect())),
            rejected @ Decision::Rejected(_) => Ok(rejected),
        }
    }

    async fn refund(&self, receipt: ChargeReceipt) -> Result<bool, StoreError> {
        self.call()?;
        Ok(self.store.refund_now(ChargeReceipt { store: "memory", ..receipt }))
    }

    async fn clear(&self, request: LimitRequest<'_>) -> Result<bool, StoreError> {
        self.call()?;
        Ok(self.store.clear_now(&request))
    }

    async fn restore(&self, admissions: &[PastAdmission], _now: Instant) -> Result<(), StoreError> {
        self.call()?;
        for PastAdmission { policy, key, admitted_at, .. } in admissions {
            self.store.decide_now(&[LimitRequest { policy, key }], *admitted_at);
        }
        Ok(())
    }

    async fn check(&self, _now: Instant) -> Result<(), StoreError> {
        self.call()
    }
}

fn as_shared(mut grant: Grant) -> Grant {
    grant.receipt.store = "shared";
    grant
}

struct Fixture {
    shared: Arc<SharedStore>,
    store: FallbackStore<Arc<SharedStore>>,
    policy: Policy,
    epoch: Instant,
}

impl Fixture {
    fn new(requests: u32) -> Self {
        let epoch = Instant::now();
        let shared = Arc::new(SharedStore::new(epoch));
        let policy = Policy::new("login", NonZeroU32::new(requests).unwrap(), Duration::from_mins(1)).unwrap();
        let store = FallbackStore::new(Arc::clone(&shared), MemoryStore::new(1000, epoch));
        Self { shared, store, policy, epoch }
    }

    fn set_down(&self, down: bool) {
        self.shared.down.store(down, Relaxed);
    }

    /// Returns the number of calls to the shared store since the previous `take_calls`.
    fn take_calls(&self) -> u32 {
        self.shared.calls.swap(0, Relaxed)
    }

    async fn decide(&self, key: &str, after: Duration) -> Result<Grant, LimitStatus> {
        let requests = [LimitRequest { policy: &self.policy, key }];
        match self.store.decide(&requests, self.epoch + after).await.expect("the store never fails") {
            Decision::Admitted(mut grants) => Ok(grants.remove(0)),
            Decision::Rejected(status) => Err(status),
        }
    }
}

const NOW: Duration = Duration::ZERO;

#[tokio::test]
async fn memory_store_applies_the_same_limit_while_the_shared_store_is_down() {
    let fixture = Fixture::new(5);
    fixture.set_down(true);
    for remaining in (0..5).rev() {
        assert_eq!(fixture.decide("a", NOW).await.unwrap().status.remaining(), remaining);
    }
    assert_eq!(fixture.decide("a", NOW).await.unwrap_err().retry_after(), 60);
}

#[tokio::test]
async fn circuit_breaker_opens_after_three_failures_and_permits_one_probe_after_five_seconds() {
    let fixture = Fixture::new(1000);
    fixture.set_down(true);
    for _ in 0..100 {
        fixture.decide("a", NOW).await.unwrap();
    }
    assert_eq!(fixture.take_calls(), FAILURE_THRESHOLD);
    for _ in 0..100 {
        fixture.decide("a", Duration::from_millis(4999)).await.unwrap();
    }
    assert_eq!(fixture.take_calls(), 0);
    for _ in 0..100 {
        fixture.decide("a", OPEN_DURATION).await.unwrap();
    }
    assert_eq!(fixture.take_calls(), 1);
    assert_eq!(fixture.store.report().errors, u64::from(FAILURE_THRESHOLD) + 1);
    assert_eq!(fixture.store.report().fallbacks, 300);
}

#[tokio::test]
async fn circuit_breaker_stays_closed_when_a_success_follows_two_failures() {
    let fixture = Fixture::new(1000);
    for _ in 0..10 {
        fixture.set_down(true);
        for _ in 1..FAILURE_THRESHOLD {
            fixture.decide("a", NOW).await.unwrap();
        }
        fixture.set_down(false);
        fixture.decide("a", NOW).await.unwrap();
    }
    assert!(!fixture.store.report().fallback_active);
}

#[tokio::test]
async fn circuit_breaker_closes_after_a_successful_probe() {
    let fixture = Fixture::new(1000);
    fixture.set_down(true);
    for _ in 0..3 {
        fixture.decide("a", NOW).await.unwrap();
    }
    assert!(fixture.store.report().fallback_active && fixture.store.check(fixture.epoch).await.is_err());
    fixture.set_down(false);
    assert!(fixture.store.check(fixture.epoch).await.is_err(), "the open interval has not ended");
    fixture.take_calls();
    assert!(fixture.store.check(fixture.epoch + OPEN_DURATION).await.is_ok());
    for _ in 0..10 {
        fixture.decide("a", OPEN_DURATION).await.unwrap();
    }
    // One check, one call that restores the three admissions of the fallback, and ten decisions.
    assert_eq!((fixture.take_calls(), fixture.store.report().fallback_active), (12, false));
}

#[tokio::test]
async fn circuit_breaker_permits_another_probe_when_the_client_of_the_first_disconnected() {
    let fixture = Fixture::new(1000);
    fixture.store.start_in_fallback(fixture.epoch);
    // Records no outcome of the probe, as if the client of the probe had disconnected.
    assert!(fixture.store.circuit_breaker.permit(fixture.epoch + OPEN_DURATION).is_some());
    assert!(fixture.store.circuit_breaker.permit(fixture.epoch + OPEN_DURATION).is_none());
    fixture.decide("a", 2 * OPEN_DURATION).await.unwrap();
    assert!(!fixture.store.report().fallback_active);
}

#[tokio::test]
async fn circuit_breaker_stays_open_after_a_late_response_from_before_the_outage() {
    let fixture = Fixture::new(1000);
    let early = fixture.store.circuit_breaker.permit(fixture.epoch).unwrap();
    fixture.store.start_in_fallback(fixture.epoch);
    assert!(!fixture.store.circuit_breaker.record_success(early) && fixture.store.report().fallback_active);
}

#[tokio::test]
async fn refund_goes_to_the_store_that_charged() {
    let fixture = Fixture::new(1);
    let shared = fixture.decide("a", NOW).await.unwrap();
    fixture.set_down(true);
    let memory = fixture.decide("a", NOW).await.unwrap();
    assert_eq!((shared.receipt.store(), memory.receipt.store()), ("shared", "memory"));
    assert!(fixture.store.refund(memory.receipt).await.unwrap());
    assert!(fixture.decide("a", NOW).await.is_ok(), "the memory store refunded");
    assert!(!fixture.store.refund(shared.receipt).await.unwrap(), "the shared store is down, without an error");
}

#[tokio::test]
async fn clear_resets_the_key_in_both_stores() {
    let fixture = Fixture::new(1);
    fixture.decide("a", NOW).await.unwrap();
    fixture.set_down(true);
    fixture.decide("a", NOW).await.unwrap();
    fixture.set_down(false);
    assert!(fixture.store.clear(LimitRequest { policy: &fixture.policy, key: "a" }).await.unwrap());
    assert!(fixture.decide("a", NOW).await.is_ok());
    fixture.set_down(true);
    assert!(fixture.decide("a", NOW).await.is_ok());
}

/// Uses a broken limiter that admits every request while the shared store fails.
#[tokio::test]
async fn limit_check_catches_a_limiter_that_admits_on_errors() {
    let fixture = Fixture::new(5);
    fixture.set_down(true);
    let (mut broken, mut actual) = (0, 0);
    for _ in 0..50 {
        let requests = [LimitRequest { policy: &fixture.policy, key: "a" }];
        let result = fixture.shared.decide(&requests, fixture.epoch).await;
        broken += u32::from(!matches!(result, Ok(Decision::Rejected(_))));
        actual += u32::from(fixture.decide("a", NOW).await.is_ok());
    }
    assert_eq!((broken, actual), (50, 5));
}
