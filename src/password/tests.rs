//! The pool with its one thread held at a gate: who is refused, who is served next, what is never done.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
};

use futures_util::{FutureExt, future::join_all};
use parking_lot::Mutex;

use super::*;

/// A pool of one thread, which takes a step each time it is let.
struct Held {
    hasher: Hasher,
    begun: Arc<AtomicUsize>,
    steps: mpsc::Sender<()>,
}

fn held(queue: usize) -> Held {
    let settings = settings::Passwords {
        min_length: 12,
        hashing_threads: 1,
        hashing_queue: queue,
        hashing_patience_seconds: 600,
        hashing_memory_kibibytes: 19_456,
        hashing_passes: 2,
    };
    let (begun, (steps, gate)) = (Arc::new(AtomicUsize::new(0)), mpsc::channel());
    let (count, gate) = (Arc::clone(&begun), Mutex::new(gate));
    let wait = move || {
        count.fetch_add(1, SeqCst);
        // Where the test has ended, nothing is held any more.
        let _ = gate.lock().recv();
    };
    Held { hasher: Hasher::start_behind(&settings, Some(Arc::new(wait))), begun, steps }
}

impl Held {
    fn of(&self, last: u8) -> Hasher {
        self.hasher.serving(IpAddr::from([203, 0, 113, last]))
    }

    /// Occupies the thread with a job that is never waited for again.
    async fn occupy(&self) -> impl Future<Output = AppResult<String>> + use<> {
        let hasher = self.hasher.clone();
        let mut first = Box::pin(async move { hasher.hash("occupies the thread").await });
        assert!(first.as_mut().now_or_never().is_none());
        while self.begun.load(SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        first
    }

    fn step(&self, times: usize) {
        (0..times).for_each(|_| self.steps.send(()).unwrap());
    }
}

fn refusal<T: std::fmt::Debug>(result: AppResult<T>) -> &'static str {
    let error = result.unwrap_err();
    assert_eq!(error.code, Code::ServiceUnavailable);
    assert!(error.retry_after.is_some_and(|seconds| (1..=5).contains(&seconds)));
    error.event.unwrap()
}

#[tokio::test]
async fn who_has_waited_as_long_as_the_settings_say_is_told_to_come_again() {
    let mut held = held(8);
    assert_eq!(held.hasher.patience, Duration::from_mins(10));
    held.hasher.patience = Duration::from_millis(1);
    assert_eq!(refusal(held.hasher.hash("a password").await), "hashing_patience_over");
}

#[tokio::test]
async fn who_comes_to_a_full_queue_is_told_to_come_again_at_once() {
    let held = held(2);
    let _first = held.occupy().await;
    let mut waiting: Vec<_> = (0..2).map(|_| Box::pin(held.hasher.verify("a password", None))).collect();
    assert!(waiting.iter_mut().all(|job| job.as_mut().now_or_never().is_none()));
    assert_eq!((held.hasher.waiting(), refusal(held.hasher.room())), (2, "hashing_queue_full"));
    let refused = held.hasher.hash("a password").now_or_never();
    assert_eq!(refusal(refused.expect("it did not wait")), "hashing_queue_full");
}

#[tokio::test]
async fn refused_clients_are_told_different_times() {
    let waits: std::collections::BTreeSet<_> = (0..200).map(|_| busy("full").retry_after).collect();
    assert_eq!(waits, (1..=5).map(Some).collect());
}

#[tokio::test]
async fn what_a_client_that_has_gone_wanted_is_never_done() {
    let held = held(8);
    let first = held.occupy().await;
    let gone: Vec<_> = (0..5).map(|_| Box::pin(held.hasher.hash("a password"))).collect();
    for mut job in gone {
        assert!(job.as_mut().now_or_never().is_none());
    }
    let hasher = held.hasher.clone();
    let last = hasher.verify("a password", None);
    held.step(2);
    assert!(first.await.is_ok() && !last.await.unwrap());
    assert_eq!(held.begun.load(SeqCst), 2, "the five between were not begun");
}

#[tokio::test]
async fn a_second_source_is_served_before_the_rest_of_a_flood() {
    let held = held(8);
    let first = held.occupy().await;
    let order = Mutex::new(Vec::new());
    let ask = async |source: u8| {
        let outcome = held.of(source).verify("a wrong password", None).await;
        order.lock().push((source, outcome.is_ok()));
    };
    // Eight of the flood fill the queue, two are refused; then somebody else comes.
    let flood = (0..10).map(|_| ask(1).boxed_local());
    let mut everybody = Box::pin(join_all(flood.chain([ask(2).boxed_local()])));
    // Everybody has come before the thread goes on.
    assert!(everybody.as_mut().now_or_never().is_none());
    held.step(9);
    let (_, first) = tokio::join!(everybody, first);
    assert!(first.is_ok());
    let order = order.into_inner();
    let served: Vec<u8> = order.iter().filter(|(_, served)| *served).map(|(source, _)| *source).collect();
    assert_eq!(served, [1, 2, 1, 1, 1, 1, 1, 1], "after one of those who came before");
    assert_eq!(order.len() - served.len(), 3, "two of the flood came too late, one gave its place away");
}

#[tokio::test]
async fn addresses_of_one_network_are_one_source() {
    let held = held(3);
    let _first = held.occupy().await;
    let of = |address: &str| held.hasher.serving(address.parse().unwrap());
    let sources = [of("2001:db8:1:2::1"), of("2001:db8:1:2::2"), of("2001:db8:1:2:ffff::3")];
    let mut waiting: Vec<_> = sources.iter().map(|hasher| Box::pin(hasher.verify("a password", None))).collect();
    assert!(waiting.iter_mut().all(|job| job.as_mut().now_or_never().is_none()));
    assert!(of("2001:db8:1:2::4").room().is_err());
    assert!(of("2001:db8:1:3::1").room().is_ok() && of("203.0.113.1").room().is_ok());
}

#[tokio::test]
async fn a_panic_costs_its_own_job_alone() {
    let settings = settings::Passwords {
        min_length: 12,
        hashing_threads: 1,
        hashing_queue: 8,
        hashing_patience_seconds: 60,
        hashing_memory_kibibytes: 19_456,
        hashing_passes: 2,
    };
    let first = Mutex::new(true);
    let gate: Gate = Arc::new(move || assert!(!std::mem::take(&mut *first.lock()), "the first job meets a fault"));
    let hasher = Hasher::start_behind(&settings, Some(gate));
    assert!(hasher.hash("a password").await.is_err());
    assert!(hasher.hash("a password").await.is_ok());
}
