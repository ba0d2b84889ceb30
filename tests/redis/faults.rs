//! A server that is gone, hangs, is slow, or is cut off in the middle of an answer.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use sliding_window::{Decision, FallbackStore, LimitRequest, RedisStore, Store};

use super::{at, connected, decide, host, policy, secret, with_fallback};
use crate::support::{
    proxy::{Mode, Proxy},
    redis::url,
};

/// Longer than a production server's: this machine runs many tests at once, and an answer that is there
/// should not be missed for want of a processor.
const DEADLINE: Duration = Duration::from_millis(250);
/// Time between two probes of the circuit breaker.
const OPEN_DURATION: Duration = Duration::from_secs(5);

struct Scene {
    proxy: Proxy,
    store: FallbackStore<RedisStore>,
}

impl Scene {
    async fn new() -> Option<Self> {
        let url = url()?;
        let proxy = Proxy::before(&host(&url)).await;
        let store = with_fallback(connected(&at(&url, proxy.address), &secret(), DEADLINE).await);
        Some(Self { proxy, store })
    }

    /// Checks after the open interval, until the store decides again.
    async fn recovers(&self) {
        for interval in 1..100 {
            if self.store.check(Instant::now() + OPEN_DURATION * interval).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it never came back");
    }

    /// On a busy machine an answer may be late now and then.
    async fn decides_again(&self) {
        for key in 0..20 {
            let before = self.store.report().fallbacks;
            assert!(decide(&self.store, &policy(5, 60), &key.to_string()).await.is_ok());
            if self.store.report().fallbacks == before {
                return;
            }
        }
        panic!("the server never decided again");
    }
}

#[tokio::test]
async fn whatever_becomes_of_the_server_nothing_fails_the_limit_holds_and_it_comes_back_by_itself() {
    let faults = [Mode::Refuse, Mode::Hang, Mode::Delay(Duration::from_secs(2)), Mode::Cut(10), Mode::Cut(0)];
    for fault in faults {
        let Some(scene) = Scene::new().await else { return };
        let login = policy(5, 60);
        assert!(decide(&scene.store, &login, "before").await.is_ok());
        scene.proxy.set(fault);
        let mut admitted = 0;
        for _ in 0..100 {
            admitted += u32::from(decide(&scene.store, &login, "a").await.is_ok());
        }
        assert_eq!(admitted, 5, "{fault:?}");
        // Three deadlines, or a few more where it was asked again, and not one for every request.
        let report = scene.store.report();
        assert!(report.fallback_active && (3..=20).contains(&report.errors), "{fault:?}: {report:?}");
        scene.proxy.set(Mode::Pass);
        scene.recovers().await;
        assert!(!scene.store.report().fallback_active, "{fault:?}");
        scene.decides_again().await;
    }
}

#[tokio::test]
async fn many_requests_at_once_wait_for_a_silent_server_one_deadline_and_no_longer() {
    let Some(scene) = Scene::new().await else { return };
    scene.proxy.set(Mode::Hang);
    let login = policy(5, 60);
    let all = join_all((0..500).map(|_| decide(&scene.store, &login, "a")));
    // One after the other they would take two minutes.
    let answers = tokio::time::timeout(Duration::from_mins(1), all).await.expect("they wait together");
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5);
}

/// Every command charges a limit of its own, so that no other command's reply fits.
#[tokio::test]
async fn over_ten_thousand_commands_through_faults_no_answer_goes_to_another_question() {
    let Some(url) = url() else { return };
    let proxy = Proxy::before(&host(&url)).await;
    let store = connected(&at(&url, proxy.address), &secret(), Duration::from_millis(100)).await;
    let (mut answered, mut failed) = (0_u32, 0_u32);
    let faults = [
        Mode::Pass,
        Mode::Delay(Duration::from_millis(50)),
        Mode::Pass,
        Mode::Hang,
        Mode::Cut(1000),
        Mode::Delay(Duration::from_millis(200)),
        Mode::Pass,
        Mode::Cut(77),
    ];
    for round in 0..200_u32 {
        proxy.set(faults[round as usize % faults.len()]);
        let batch = join_all((1..=50_u32).map(|requests| {
            let store = &store;
            async move {
                let limit = policy(requests + 1, 60);
                let key = format!("{round}-{requests}");
                (requests, store.decide(&[LimitRequest { policy: &limit, key: &key }], Instant::now()).await)
            }
        }));
        for (requests, answer) in batch.await {
            match answer {
                // The first admission of its own key leaves what this limit alone leaves.
                Ok(Decision::Admitted(grants)) => {
                    assert_eq!(grants[0].status.remaining(), requests);
                    answered += 1;
                }
                Ok(Decision::Rejected(status)) => panic!("{status:?} for a key asked for once"),
                Err(_) => failed += 1,
            }
        }
        if !store.wait_until_connected(Duration::from_millis(20)).await {
            proxy.set(Mode::Pass);
            store.wait_until_connected(Duration::from_secs(2)).await;
        }
    }
    assert_eq!(answered + failed, 10_000);
    assert!(answered > 1000 && failed > 1000, "{answered} answered, {failed} failed");
    assert!(proxy.connections() > 10, "broken connections are not used again");
}

#[tokio::test]
async fn a_server_that_is_not_there_at_the_start_is_found_when_it_comes() {
    let Some(url) = url() else { return };
    let proxy = Proxy::before(&host(&url)).await;
    proxy.set(Mode::Refuse);
    let store = RedisStore::open(&at(&url, proxy.address), &secret(), DEADLINE).unwrap();
    assert!(!store.wait_until_connected(Duration::from_millis(100)).await);
    let scene = Scene { store: with_fallback(store), proxy };
    scene.store.start_in_fallback(Instant::now());
    assert!(decide(&scene.store, &policy(5, 60), "a").await.is_ok());
    scene.proxy.set(Mode::Pass);
    scene.recovers().await;
}
