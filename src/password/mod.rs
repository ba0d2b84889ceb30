//! Hashes and verifies passwords on a fixed pool of threads behind a bounded queue.
//!
//! A hash takes a core for about 15 ms and 19 MiB of memory. Done on the threads that serve, a
//! login storm would starve every other request; done on threads made on demand, it would take
//! gigabytes. So there are few threads, each takes its memory once, and who comes when the queue is
//! full is told to come again. Sources take turns, so that one of them cannot keep the others out.

mod argon;
mod common;
mod policy;
mod pool;
mod queue;

#[cfg(test)]
mod tests;

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration, Instant},
};

use rand::Rng;
use tokio::{sync::oneshot, time::timeout};
use unicode_normalization::UnicodeNormalization;

pub use argon::Verdict;
pub use policy::{Breach, MAX_BYTES, Owner, Policy, too_long};
pub use pool::Gate;

use self::pool::{Job, Pool, Work};
use crate::{
    client_address::limit_key,
    errors::{AppError, AppResult, Code},
    settings,
};

/// A handle on the pool; clones share it, and the last one to go ends its threads.
#[derive(Clone)]
pub struct Hasher {
    pool: Arc<Pool>,
    patience: Duration,
    source: IpAddr,
}

impl Hasher {
    /// Starts the threads. Each takes its memory with its first hash.
    #[must_use]
    pub fn start(settings: &settings::Passwords) -> Self {
        Self::start_behind(settings, None)
    }

    /// The same with something that is called on a thread before each piece of work.
    #[must_use]
    pub fn start_behind(settings: &settings::Passwords, gate: Option<Gate>) -> Self {
        let threads = match settings.hashing_threads {
            0 => std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1)),
            threads => threads,
        };
        Self {
            pool: Pool::start(threads, settings.hashing_queue, settings.into(), gate),
            patience: Duration::from_secs(settings.hashing_patience_seconds),
            source: Ipv4Addr::UNSPECIFIED.into(),
        }
    }

    /// The same pool for what a client asks; without this, work shares the turns of one source.
    #[must_use]
    pub fn serving(&self, client: IpAddr) -> Self {
        Self { source: limit_key(client), ..self.clone() }
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
        Ok(self.compare(password, stored).await? != Verdict::Wrong)
    }

    /// The same, and whether the stored hash was made at today's cost.
    ///
    /// # Errors
    /// As for [`Hasher::hash`].
    pub async fn compare(&self, password: &str, stored: Option<String>) -> AppResult<Verdict> {
        let (reply, answer) = oneshot::channel();
        self.run(Work::Verify { password: normalised(password), stored, reply }, answer).await
    }

    /// Whether another hash may be asked for now.
    ///
    /// # Errors
    /// `service_unavailable` when the queue is full.
    pub fn room(&self) -> AppResult<()> {
        if self.pool.has_room(self.source) { Ok(()) } else { Err(busy("hashing_queue_full")) }
    }

    /// Hashes that wait for a thread.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pool.waiting()
    }

    /// How long one hash takes here, where nothing else is asked for meanwhile.
    ///
    /// # Errors
    /// As for [`Hasher::hash`].
    pub async fn measure(&self) -> AppResult<Duration> {
        // The first one also takes the memory.
        self.hash("a password to measure with").await?;
        let begun = Instant::now();
        self.hash("a password to measure with").await?;
        Ok(begun.elapsed())
    }

    async fn run<T>(&self, work: Work, answer: oneshot::Receiver<T>) -> AppResult<T> {
        self.pool.submit(self.source, Job::new(work)).map_err(|()| busy("hashing_queue_full"))?;
        match timeout(self.patience, answer).await {
            Ok(Ok(result)) => Ok(result),
            // Its place was given to a source that had fewer.
            Ok(Err(_)) => Err(busy("hashing_place_given_away")),
            Err(_) => Err(busy("hashing_patience_over")),
        }
    }
}

/// The composed form (NFKC) that is hashed, so that a password typed on another keyboard fits
/// (NIST SP 800-63B section 3.1.1.2).
fn normalised(password: &str) -> String {
    password.nfkc().collect()
}

/// Refused clients come back spread over some seconds, not all at once.
fn busy(event: &'static str) -> AppError {
    AppError::new(Code::ServiceUnavailable).retry_after(rand::rng().random_range(1..=5)).noted(event)
}
