//! Tests of the hasher while its only thread is blocked: rejections, fairness, cancellation.

use std::{
    collections::BTreeSet,
    sync::{
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
};

use futures_util::{FutureExt, future::join_all};
use parking_lot::Mutex;

use super::*;

/// Hasher with one thread. The thread waits for a permit before each job.
struct BlockedHasher {
    hasher: Hasher,
    started: Arc<AtomicUsize>,
    permits: mpsc::Sender<()>,
}

fn password_settings(queue_capacity: usize, timeout_seconds: u64) -> settings::Passwords {
    settings::Passwords {
        min_length: 12,
        hashing_threads: 1,
        hashing_queue: queue_capacity,
        hashing_patience_seconds: timeout_seconds,
        hashing_memory_kibibytes: 19_456,
        hashing_passes: 2,
    }
}

fn blocked(queue_capacity: usize, timeout_seconds: u64) -> BlockedHasher {
    let (started, (permits, permit)) = (Arc::new(AtomicUsize::new(0)), mpsc::channel());
    let (count, permit) = (Arc::clone(&started), Mutex::new(permit));
    let wait = move || {
        count.fetch_add(1, SeqCst);
        // `recv` fails after the end of the test, so that the thread ends, too.
        let _ = permit.lock().recv();
    };
    let hasher = Hasher::start_with(&password_settings(queue_capacity, timeout_seconds), Some(Arc::new(wait)));
    BlockedHasher { hasher, started, permits }
}

impl BlockedHasher {
    fn for_client(&self, last_octet: u8) -> Hasher {
        self.hasher.for_client(IpAddr::from([203, 0, 113, last_octet]))
    }

    /// Occupies the thread with a job. Returns the future of the result of the job.
    async fn occupy(&self) -> impl Future<Output = AppResult<String>> + use<> {
        let hasher = self.hasher.clone();
        let mut first = Box::pin(async move { hasher.hash("occupies the thread").await });
        assert!(first.as_mut().now_or_never().is_none());
        while self.started.load(SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        first
    }

    fn permit(&self, jobs: usize) {
        (0..jobs).for_each(|_| self.permits.send(()).unwrap());
    }
}

/// Checks that the result is a 503 with `Retry-After`, and returns its event.
fn rejection<T: std::fmt::Debug>(result: AppResult<T>) -> &'static str {
    let error = result.unwrap_err();
    assert_eq!(error.code, Code::ServiceUnavailable);
    assert!(error.retry_after.is_some_and(|seconds| (1..=5).contains(&seconds)));
    error.event.unwrap()
}

#[test]
fn pool_options_contain_the_timeout_of_the_settings() {
    let options = pool_options(&password_settings(8, 600));
    assert_eq!((options.threads, options.queue_capacity), (1, 8));
    assert_eq!(options.timeout, Duration::from_mins(10));
    assert_eq!(options.cost, Cost { memory_kibibytes: 19_456, passes: 2 });
}

#[tokio::test]
async fn hash_returns_503_when_the_timeout_elapses() {
    let blocked = blocked(8, 0);
    assert_eq!(rejection(blocked.hasher.hash("a password").await), "hashing_timeout");
}

#[tokio::test]
async fn hash_returns_503_at_once_when_the_queue_is_full() {
    let blocked = blocked(2, 600);
    let _first = blocked.occupy().await;
    let mut waiting: Vec<_> = (0..2).map(|_| Box::pin(blocked.hasher.verify("a password", None))).collect();
    assert!(waiting.iter_mut().all(|job| job.as_mut().now_or_never().is_none()));
    assert_eq!((blocked.hasher.waiting(), rejection(blocked.hasher.check_capacity())), (2, "hashing_queue_full"));
    let rejected = blocked.hasher.hash("a password").now_or_never();
    assert_eq!(rejection(rejected.expect("the job waited")), "hashing_queue_full");
}

#[test]
fn overloaded_returns_every_retry_after_from_one_to_five_seconds() {
    let waits: BTreeSet<_> = (0..200).map(|_| overloaded("full").retry_after).collect();
    assert_eq!(waits, (1..=5).map(Some).collect());
}

#[tokio::test]
async fn pool_never_starts_the_job_of_a_disconnected_client() {
    let blocked = blocked(8, 600);
    let first = blocked.occupy().await;
    let cancelled: Vec<_> = (0..5).map(|_| Box::pin(blocked.hasher.hash("a password"))).collect();
    for mut job in cancelled {
        assert!(job.as_mut().now_or_never().is_none());
    }
    let hasher = blocked.hasher.clone();
    let last = hasher.verify("a password", None);
    blocked.permit(2);
    assert!(first.await.is_ok() && !last.await.unwrap());
    assert_eq!(blocked.started.load(SeqCst), 2, "a cancelled job was started");
}

#[tokio::test]
async fn pool_serves_a_second_network_after_one_job_of_a_flood() {
    let blocked = blocked(8, 600);
    let first = blocked.occupy().await;
    let outcomes = Mutex::new(Vec::new());
    let verify = async |client: u8| {
        let outcome = blocked.for_client(client).verify("a wrong password", None).await;
        outcomes.lock().push((client, outcome.is_ok()));
    };
    // Eight jobs of the first client fill the queue, and two jobs are rejected. Then the second client sends a job.
    let flood = (0..10).map(|_| verify(1).boxed_local());
    let mut all = Box::pin(join_all(flood.chain([verify(2).boxed_local()])));
    // All jobs are submitted before the thread continues.
    assert!(all.as_mut().now_or_never().is_none());
    blocked.permit(9);
    let (_, first) = tokio::join!(all, first);
    assert!(first.is_ok());
    let outcomes = outcomes.into_inner();
    let served: Vec<u8> = outcomes.iter().filter(|(_, served)| *served).map(|(client, _)| *client).collect();
    assert_eq!(served, [1, 2, 1, 1, 1, 1, 1, 1], "after one job of the flood");
    assert_eq!(outcomes.len() - served.len(), 3, "two jobs of the flood are rejected, and one is evicted");
}

#[tokio::test]
async fn check_capacity_counts_addresses_of_one_network_together() {
    let blocked = blocked(3, 600);
    let _first = blocked.occupy().await;
    let client = |address: &str| blocked.hasher.for_client(address.parse().unwrap());
    let clients = [client("2001:db8:1:2::1"), client("2001:db8:1:2::2"), client("2001:db8:1:2:ffff::3")];
    let mut waiting: Vec<_> = clients.iter().map(|hasher| Box::pin(hasher.verify("a password", None))).collect();
    assert!(waiting.iter_mut().all(|job| job.as_mut().now_or_never().is_none()));
    assert!(client("2001:db8:1:2::4").check_capacity().is_err());
    assert!(client("2001:db8:1:3::1").check_capacity().is_ok() && client("203.0.113.1").check_capacity().is_ok());
}

#[tokio::test]
async fn pool_continues_when_a_job_panics() {
    let first = Mutex::new(true);
    let before_job: BeforeJob = Arc::new(move || assert!(!std::mem::take(&mut *first.lock()), "the first job panics"));
    let hasher = Hasher::start_with(&password_settings(8, 60), Some(before_job));
    assert_eq!(rejection(hasher.hash("a password").await), "hashing_job_evicted");
    assert!(hasher.hash("a password").await.is_ok());
}
