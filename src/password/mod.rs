//! Hashes and verifies passwords in a thread pool. The queue of the pool is fair between client networks.

mod blocklist;
mod policy;

#[cfg(test)]
mod tests;

use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroUsize,
    sync::Arc,
    thread::available_parallelism,
    time::{Duration, Instant},
};

use password_pool::{Cost, PasswordPool, PoolError, PoolOptions};
use rand::Rng;
use unicode_normalization::UnicodeNormalization;

pub use password_pool::{BeforeJob, PasswordMatch};
pub use policy::{MAX_BYTES, Owner, Policy, PolicyViolation, too_long};

use crate::{
    client_address::limit_key,
    errors::{AppError, AppResult, Code},
    settings,
};

/// Time without a password hash after which a hashing thread releases its memory.
const HASHING_IDLE_TIME: Duration = Duration::from_secs(10);

/// Handle with which one client network uses the thread pool. The threads end when the last handle is dropped.
#[derive(Clone)]
pub struct Hasher {
    pool: Arc<PasswordPool>,
    network: IpAddr,
}

impl Hasher {
    /// Starts the threads of the pool. A thread allocates its memory when it computes its first hash.
    #[must_use]
    pub fn start(settings: &settings::Passwords) -> Self {
        Self::start_with(settings, None)
    }

    /// Starts the threads of the pool. A thread calls `before_job` before every job.
    #[must_use]
    pub fn start_with(settings: &settings::Passwords, before_job: Option<BeforeJob>) -> Self {
        let pool = PasswordPool::start(pool_options(settings), before_job);
        Self { pool: Arc::new(pool), network: Ipv4Addr::UNSPECIFIED.into() }
    }

    /// Returns a handle to the same pool for a client. All handles for one client network share one FIFO queue
    /// inside the fair queue.
    ///
    /// The handle that `start` returns counts all clients as one network.
    #[must_use]
    pub fn for_client(&self, client: IpAddr) -> Self {
        Self { network: limit_key(client), ..self.clone() }
    }

    /// Returns the hash to store for a password, as a PHC string.
    ///
    /// # Errors
    /// `service_unavailable` if the queue is full, or if the job is evicted or times out. `internal_error` if hashing
    /// fails.
    pub async fn hash(&self, password: &str) -> AppResult<String> {
        self.pool.hash(self.network, normalized(password)).await.map_err(pool_error)
    }

    /// Returns whether a password matches a stored hash.
    ///
    /// The call takes the same time with and without a stored hash. The time therefore does not reveal whether an
    /// account exists.
    ///
    /// # Errors
    /// Returns the errors of [`Hasher::hash`].
    pub async fn verify(&self, password: &str, stored: Option<String>) -> AppResult<bool> {
        Ok(self.compare(password, stored).await? != PasswordMatch::Mismatch)
    }

    /// Compares a password with a stored hash, as [`Hasher::verify`] does. Returns [`PasswordMatch::MatchNeedsRehash`]
    /// if the password matches, but the cost of the hash differs from the current cost.
    ///
    /// # Errors
    /// Returns the errors of [`Hasher::hash`].
    pub async fn compare(&self, password: &str, stored: Option<String>) -> AppResult<PasswordMatch> {
        self.pool.verify(self.network, normalized(password), stored).await.map_err(pool_error)
    }

    /// Checks that the queue would accept a job of this network now.
    ///
    /// # Errors
    /// `service_unavailable` if the queue is full.
    pub fn check_capacity(&self) -> AppResult<()> {
        if self.pool.has_capacity(self.network) { Ok(()) } else { Err(pool_error(PoolError::QueueFull)) }
    }

    /// Returns the number of jobs that wait for a thread.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pool.waiting()
    }

    /// Returns the duration of one hash on this machine. The duration is exact only while the pool is idle.
    ///
    /// # Errors
    /// Returns the errors of [`Hasher::hash`].
    pub async fn measure(&self) -> AppResult<Duration> {
        // Does not measure the first hash, because the first hash also allocates the memory.
        self.hash("a password to measure with").await?;
        let started = Instant::now();
        self.hash("a password to measure with").await?;
        Ok(started.elapsed())
    }
}

/// Returns the options of the pool. If `hashing_threads` is 0, the number of threads is the number of cores.
fn pool_options(settings: &settings::Passwords) -> PoolOptions {
    let threads = match settings.hashing_threads {
        0 => available_parallelism().map_or(1, NonZeroUsize::get),
        threads => threads,
    };
    PoolOptions {
        threads,
        idle_time: HASHING_IDLE_TIME,
        queue_capacity: settings.hashing_queue,
        timeout: Duration::from_secs(settings.hashing_patience_seconds),
        cost: Cost { memory_kibibytes: settings.hashing_memory_kibibytes, passes: settings.hashing_passes },
    }
}

/// Normalizes a password to NFKC. A password therefore matches its hash even if another keyboard produces different
/// code points for the same characters (NIST SP 800-63B section 3.1.1.2).
fn normalized(password: &str) -> String {
    password.nfkc().collect()
}

/// Converts an error of the pool. An overload becomes a 503 with an event that names the reason.
fn pool_error(error: PoolError) -> AppError {
    match error {
        PoolError::QueueFull => overloaded("hashing_queue_full"),
        PoolError::Evicted => overloaded("hashing_job_evicted"),
        PoolError::Timeout => overloaded("hashing_timeout"),
        PoolError::Hashing(cause) => AppError::internal(cause),
    }
}

/// Returns a 503 with a random `Retry-After`, so that rejected clients do not all retry at once.
fn overloaded(event: &'static str) -> AppError {
    AppError::new(Code::ServiceUnavailable).retry_after(rand::rng().random_range(1..=5)).with_event(event)
}
