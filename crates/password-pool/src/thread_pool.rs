//! Thread pool: a fixed number of threads that run hashing jobs from a bounded, fair queue.

use std::{
    error::Error,
    fmt,
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::Duration,
};

use parking_lot::{Condvar, Mutex, MutexGuard};
use rustix::process::setpriority_process;
use tokio::{sync::oneshot, time::timeout};
use tracing::Span;

use crate::{
    BoxError,
    argon2::{Argon2id, Cost, PasswordMatch},
    fair_queue::{Cancellable, FairQueue},
};

/// Nice value of the threads. While all threads hash, the threads of the server run as soon as they have work. The value
/// is not the maximum, so that the hashing threads also progress if the threads of the server use all cores.
const NICE: i32 = 10;

/// Function that a thread calls before each job. Tests use this function to block the threads.
pub type BeforeJob = Arc<dyn Fn() + Send + Sync>;

/// Size, timeout and cost of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolOptions {
    /// Number of threads. Each thread allocates the memory of one hash.
    pub threads: usize,
    /// Time without a job after which a thread releases its memory.
    pub idle_time: Duration,
    /// Maximum number of jobs that wait for a thread.
    pub queue_capacity: usize,
    /// Maximum duration of a job, including the time in the queue.
    pub timeout: Duration,
    /// Cost of new hashes.
    pub cost: Cost,
}

/// Reason why a job returned no result.
#[derive(Debug)]
pub enum PoolError {
    /// The queue is full, and no job of another network can be evicted.
    QueueFull,
    /// The job was evicted for a network with fewer jobs, or the thread of the job panicked.
    Evicted,
    /// The timeout of the job elapsed. A job that has not started is dropped.
    Timeout,
    /// Argon2 or the random number generator returned an error.
    Hashing(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueueFull => f.write_str("the hashing queue is full"),
            Self::Evicted => f.write_str("the hashing job was evicted"),
            Self::Timeout => f.write_str("the hashing job timed out"),
            Self::Hashing(cause) => write!(f, "the password could not be hashed: {cause}"),
        }
    }
}

impl Error for PoolError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::QueueFull | Self::Evicted | Self::Timeout => None,
            Self::Hashing(cause) => Some(cause.as_ref()),
        }
    }
}

/// Work of a job: hashes a password or compares a password with a stored hash. `reply` receives the result.
enum Work {
    Hash { password: String, reply: oneshot::Sender<Result<String, BoxError>> },
    Verify { password: String, stored: Option<String>, reply: oneshot::Sender<PasswordMatch> },
}

/// Job: work with the tracing span of the request.
struct Job {
    work: Work,
    span: Span,
}

impl Job {
    fn new(work: Work) -> Self {
        Self { work, span: Span::current() }
    }

    fn run(self, argon2id: &mut Argon2id) {
        let _entered = self.span.enter();
        // Ignores errors of `send`, because `send` fails only if the client no longer waits for the result.
        match self.work {
            Work::Hash { password, reply } => {
                let _ = reply.send(argon2id.hash(&password));
            }
            Work::Verify { password, stored, reply } => {
                let _ = reply.send(argon2id.verify(&password, stored.as_deref()));
            }
        }
    }
}

impl Cancellable for Job {
    fn is_cancelled(&self) -> bool {
        match &self.work {
            Work::Hash { reply, .. } => reply.is_closed(),
            Work::Verify { reply, .. } => reply.is_closed(),
        }
    }
}

/// State that all threads of the pool share.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    options: PoolOptions,
    before_job: Option<BeforeJob>,
}

struct State {
    queue: FairQueue<Job>,
    is_open: bool,
}

/// Pool of threads that hash passwords.
///
/// After the pool is dropped, the threads finish their current jobs and all jobs in the queue.
pub struct PasswordPool {
    shared: Arc<Shared>,
}

impl PasswordPool {
    /// Starts the threads. Each thread calls `before_job` before each job.
    #[must_use]
    pub fn start(options: PoolOptions, before_job: Option<BeforeJob>) -> Self {
        let state = Mutex::new(State { queue: FairQueue::new(options.queue_capacity), is_open: true });
        let shared = Arc::new(Shared { state, changed: Condvar::new(), options, before_job });
        for number in 0..options.threads {
            let shared = Arc::clone(&shared);
            let spawned = thread::Builder::new().name(format!("hash-{number}")).spawn(move || shared.run_thread());
            if let Err(error) = spawned {
                tracing::error!(%error, "starting a hashing thread failed");
            }
        }
        Self { shared }
    }

    /// Hashes a password for a client of `network`. Returns the PHC string.
    ///
    /// # Errors
    /// Returns an error if the queue is full, if the job is evicted or times out, or if hashing fails.
    pub async fn hash(&self, network: IpAddr, password: String) -> Result<String, PoolError> {
        let (reply, result) = oneshot::channel();
        self.run(network, Work::Hash { password, reply }, result).await?.map_err(PoolError::Hashing)
    }

    /// Compares a password with a stored hash for a client of `network`.
    ///
    /// Takes as long as a hash even if `stored` is `None`. The time therefore does not reveal whether an
    /// account exists.
    ///
    /// # Errors
    /// Returns an error if the queue is full, or if the job is evicted or times out.
    pub async fn verify(
        &self,
        network: IpAddr,
        password: String,
        stored: Option<String>,
    ) -> Result<PasswordMatch, PoolError> {
        let (reply, result) = oneshot::channel();
        self.run(network, Work::Verify { password, stored, reply }, result).await
    }

    /// Returns whether the queue would currently accept a job of `network`.
    #[must_use]
    pub fn has_capacity(&self, network: IpAddr) -> bool {
        self.shared.state.lock().queue.has_capacity(network)
    }

    /// Returns the number of jobs that wait for a thread.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.state.lock().queue.waiting()
    }

    async fn run<T>(&self, network: IpAddr, work: Work, result: oneshot::Receiver<T>) -> Result<T, PoolError> {
        self.submit(network, Job::new(work))?;
        match timeout(self.shared.options.timeout, result).await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(_)) => Err(PoolError::Evicted),
            Err(_) => Err(PoolError::Timeout),
        }
    }

    fn submit(&self, network: IpAddr, job: Job) -> Result<(), PoolError> {
        let pushed = self.shared.state.lock().queue.push(network, job);
        pushed.map_err(|_| PoolError::QueueFull)?;
        self.shared.changed.notify_one();
        Ok(())
    }
}

impl Drop for PasswordPool {
    fn drop(&mut self) {
        self.shared.state.lock().is_open = false;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn run_thread(&self) {
        // Only Linux changes the priority of the current thread. Other systems would change the whole process.
        if cfg!(target_os = "linux")
            && let Err(error) = setpriority_process(None, NICE)
        {
            tracing::warn!(%error, "lowering the priority of a hashing thread failed");
        }
        while let Ok(mut argon2id) = Argon2id::new(self.options.cost) {
            // Continues with new memory after a panic, so that only the job that panicked is lost.
            if catch_unwind(AssertUnwindSafe(|| self.run_jobs(&mut argon2id))).is_ok() {
                return;
            }
        }
    }

    fn run_jobs(&self, argon2id: &mut Argon2id) {
        while let Some(job) = self.next_job(argon2id) {
            if let Some(before_job) = &self.before_job {
                before_job();
            }
            job.run(argon2id);
        }
    }

    /// Waits for the next job. Returns `None` if the pool was dropped and the queue is empty. Releases the memory of the
    /// thread after an idle time.
    fn next_job(&self, argon2id: &mut Argon2id) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.queue.pop() {
                return Some(job);
            }
            if !state.is_open {
                return None;
            }
            if self.changed.wait_for(&mut state, self.options.idle_time).timed_out() {
                MutexGuard::unlocked(&mut state, || argon2id.release_memory());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const NETWORK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const OPTIONS: PoolOptions = PoolOptions {
        threads: 1,
        idle_time: Duration::from_mins(1),
        queue_capacity: 1,
        timeout: Duration::from_mins(1),
        cost: Cost { memory_kibibytes: 8, passes: 1 },
    };

    #[tokio::test]
    async fn pool_verifies_the_hash_that_it_returned() {
        let pool = PasswordPool::start(OPTIONS, None);
        let hash = pool.hash(NETWORK, "correct horse battery".to_owned()).await.unwrap();
        let verified = pool.verify(NETWORK, "correct horse battery".to_owned(), Some(hash)).await;
        assert_eq!(verified.unwrap(), PasswordMatch::Match);
        assert_eq!(pool.waiting(), 0);
    }

    #[tokio::test]
    async fn hash_returns_timeout_when_no_thread_is_free() {
        let pool = PasswordPool::start(PoolOptions { threads: 0, timeout: Duration::ZERO, ..OPTIONS }, None);
        let result = pool.hash(NETWORK, "correct horse battery".to_owned()).await;
        assert!(matches!(result, Err(PoolError::Timeout)), "{result:?}");
    }

    #[tokio::test]
    async fn hash_returns_queue_full_when_the_queue_has_no_capacity() {
        let pool = PasswordPool::start(PoolOptions { queue_capacity: 0, ..OPTIONS }, None);
        assert!(!pool.has_capacity(NETWORK));
        let result = pool.hash(NETWORK, "correct horse battery".to_owned()).await;
        assert!(matches!(result, Err(PoolError::QueueFull)), "{result:?}");
    }
}
