//! Hashes and verifies passwords on a fixed pool of threads behind a bounded queue.
//!
//! A hash takes a core for about 15 ms and 19 MiB of memory. Done on the threads that serve, a
//! login storm would starve every other request; done on threads made on demand, it would take
//! gigabytes. So there are few threads, each takes its memory once, and who comes when the queue is
//! full is told to come again.

mod argon;
mod pool;

use std::{sync::Arc, time::Duration};

use rand::Rng;
use tokio::{sync::oneshot, time::timeout};
use unicode_normalization::UnicodeNormalization;

use self::pool::{Job, Pool, Work};
use crate::{
    errors::{AppError, AppResult, Code},
    settings,
};

/// Bytes of a password at least.
pub const MIN_BYTES: usize = 12;
/// Bytes of a password at most: longer ones are refused, never cut.
pub const MAX_BYTES: usize = 1024;

/// A handle on the pool; clones share it, and the last one to go ends its threads.
#[derive(Clone)]
pub struct Hasher {
    pool: Arc<Pool>,
    patience: Duration,
}

impl Hasher {
    /// Starts the threads. Each takes its memory with its first hash.
    #[must_use]
    pub fn start(settings: &settings::Passwords) -> Self {
        let threads = match settings.hashing_threads {
            0 => std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1)),
            threads => threads,
        };
        let patience = Duration::from_secs(settings.hashing_patience_seconds);
        Self { pool: Pool::start(threads, settings.hashing_queue), patience }
    }

    /// The hash to store for a password, as a PHC string.
    ///
    /// # Errors
    /// `service_unavailable` when the queue is full or the turn does not come in time.
    pub async fn hash(&self, password: &str) -> AppResult<String> {
        let (reply, answer) = oneshot::channel();
        self.run(Work::Hash { password: normalised(password), reply }, answer).await?.map_err(AppError::internal)
    }

    /// Whether a password fits a stored hash; without one the same work is done for nothing, so that
    /// an unknown account cannot be told from a wrong password by the clock.
    ///
    /// # Errors
    /// As for [`Hasher::hash`].
    pub async fn verify(&self, password: &str, stored: Option<String>) -> AppResult<bool> {
        let (reply, answer) = oneshot::channel();
        self.run(Work::Verify { password: normalised(password), stored, reply }, answer).await
    }

    /// Whether another hash may be asked for now.
    ///
    /// # Errors
    /// `service_unavailable` when the queue is full.
    pub fn room(&self) -> AppResult<()> {
        if self.pool.has_room() { Ok(()) } else { Err(busy("the queue of hashes is full")) }
    }

    /// Hashes that wait for a thread.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pool.waiting()
    }

    async fn run<T>(&self, work: Work, answer: oneshot::Receiver<T>) -> AppResult<T> {
        self.pool.submit(Job::new(work)).map_err(|()| busy("the queue of hashes is full"))?;
        match timeout(self.patience, answer).await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(_)) => Err(AppError::internal("a hashing thread is gone")),
            Err(_) => Err(busy("no hashing thread was free in time")),
        }
    }
}

/// The composed form (NFKC) that is hashed, so that a password typed on another keyboard fits
/// (NIST SP 800-63B section 3.1.1.2).
fn normalised(password: &str) -> String {
    password.nfkc().collect()
}

/// What is wrong with a password as a choice, if anything.
///
/// # Errors
/// The rule's name and its words.
pub fn check(password: &str) -> Result<(), (&'static str, &'static str)> {
    // Counted before composing: a megabyte is refused without work on it.
    if password.len() > MAX_BYTES {
        return Err(("max_length", "must be at most 1024 bytes"));
    }
    if normalised(password).len() < MIN_BYTES {
        return Err(("min_length", "must be at least 12 bytes"));
    }
    Ok(())
}

/// Refused clients come back spread over some seconds, not all at once.
fn busy(cause: &'static str) -> AppError {
    AppError::new(Code::ServiceUnavailable).retry_after(rand::rng().random_range(1..=5)).because(cause)
}
