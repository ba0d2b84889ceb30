//! Tests of the divided limits during the fallback, and of the recovery: the shared store then also counts the
//! admissions of the fallback.

use super::*;

#[tokio::test]
async fn fallback_divides_the_limit_by_the_number_of_processes_and_rounds_up() {
    for (requests, processes, expected) in [(5, 1, 5), (5, 2, 3), (6, 3, 2), (5, 100, 1)] {
        let mut fixture = Fixture::new(requests);
        fixture.store = fixture.store.shared_by(NonZeroU32::new(processes).unwrap());
        let before = fixture.decide("before", NOW).await.unwrap();
        assert_eq!(before.status.policy().requests().get(), requests);
        fixture.set_down(true);
        for remaining in (0..expected).rev() {
            let status = fixture.decide("a", NOW).await.unwrap().status;
            assert_eq!(status.remaining(), remaining, "{requests} for {processes}");
            assert_eq!(status.policy_header(), format!("\"login\";q={expected};w=60"));
        }
        assert_eq!(fixture.decide("a", NOW).await.unwrap_err().retry_after(), 60);
        let cleared = LimitRequest { policy: &fixture.policy, key: "a" };
        assert!(fixture.store.clear(cleared).await.unwrap());
        assert!(fixture.decide("a", NOW).await.is_ok());
    }
}

#[tokio::test]
async fn shared_store_counts_the_admissions_of_the_fallback_when_it_responds_again() {
    for by_check in [false, true] {
        let fixture = Fixture::new(5);
        fixture.decide("a", NOW).await.unwrap();
        fixture.set_down(true);
        for _ in 0..3 {
            fixture.decide("a", NOW).await.unwrap();
        }
        fixture.set_down(false);
        if by_check {
            fixture.store.check(fixture.epoch + OPEN_DURATION).await.unwrap();
        }
        // One admission of the shared store and three admissions of the fallback leave one of five admissions.
        assert_eq!(fixture.decide("a", OPEN_DURATION).await.unwrap().status.remaining(), 0);
        assert_eq!(fixture.decide("a", OPEN_DURATION).await.unwrap_err().retry_after(), 55);
        assert!(fixture.decide("a", Duration::from_mins(1)).await.is_ok());
    }
}

#[tokio::test]
async fn shared_store_does_not_count_refunded_cleared_or_expired_admissions_of_the_fallback() {
    let fixture = Fixture::new(2);
    fixture.set_down(true);
    fixture.decide("expired", NOW).await.unwrap();
    let later = Duration::from_mins(1);
    let refunded = fixture.decide("refunded", later).await.unwrap();
    assert!(fixture.store.refund(refunded.receipt).await.unwrap());
    fixture.decide("cleared", later).await.unwrap();
    fixture.store.clear(LimitRequest { policy: &fixture.policy, key: "cleared" }).await.unwrap();
    fixture.decide("counted", later).await.unwrap();
    fixture.set_down(false);
    fixture.store.check(fixture.epoch + later + OPEN_DURATION).await.unwrap();
    for (key, remaining) in [("expired", 1), ("refunded", 1), ("cleared", 1), ("counted", 0)] {
        let status = fixture.decide(key, later + OPEN_DURATION).await.unwrap().status;
        assert_eq!(status.remaining(), remaining, "{key}");
    }
}

#[tokio::test]
async fn fallback_keeps_its_admissions_while_the_shared_store_cannot_count_them() {
    let fixture = Fixture::new(1);
    fixture.set_down(true);
    fixture.decide("a", NOW).await.unwrap();
    fixture.store.start_in_fallback(fixture.epoch);
    assert!(fixture.store.check(fixture.epoch + OPEN_DURATION).await.is_err());
    fixture.set_down(false);
    fixture.store.check(fixture.epoch + OPEN_DURATION * 2).await.unwrap();
    assert!(fixture.decide("a", OPEN_DURATION * 2).await.is_err());
}
