//! Loco's job queue with workers that start a job as soon as it is enqueued.
//!
//! Loco's workers poll the store of the queue once a second. [`WakingQueue`] starts one of these workers for a short time
//! after each enqueued job. It also starts a worker once per poll interval, in case a notification is lost.
//!
//! A process that enqueues a job wakes its own workers in memory. Workers in other processes are notified by
//! `LISTEN`/`NOTIFY` of PostgreSQL or by a Redis channel. An SQLite queue does not notify other processes.

mod backend;
mod provider;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use loco_rs::{
    Result,
    bgworker::{
        self, JobHandler, Queue,
        pg::PgQueue,
        redis::RedisQueue,
        sqlt::{JobRegistry, RunOpts, SqliteQueue},
    },
    config::ReaperConfig,
};
use sqlx::{PgPool, SqlitePool};
use tokio::{
    sync::{Mutex, Notify, Semaphore},
    task::JoinHandle,
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use backend::Backend;

/// Time after which a worker takes no further job. A worker searches for its first job immediately. The time is long
/// enough for a slow connection to the store. A worker finishes a job that runs at the end of this time.
const WORKER_LIFETIME: Duration = Duration::from_secs(1);
/// Maximum time for which the start of a worker waits until the previous worker has found a job. Two searches at the same
/// time could claim more jobs than permits are free.
const SEARCH_TIME: Duration = Duration::from_millis(20);
/// Maximum number of workers that have found no job and wait for the end of their lifetime.
const MAX_IDLE_WORKERS: usize = 64;
/// Time between two attempts to listen for notifications.
const LISTEN_RETRY_DELAY: Duration = Duration::from_secs(1);

/// Settings of the workers of a process.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Maximum number of jobs that run at the same time.
    pub workers: u32,
    /// Time between two polls, in seconds. 0 means 1.
    pub poll_seconds: u32,
    /// When Loco requeues the jobs of a killed process.
    pub reaper: ReaperConfig,
}

/// Queue of Loco whose workers are started by notifications.
struct WakingQueue<B> {
    backend: B,
    /// Notified when a job may be waiting.
    wakeup: Arc<Notify>,
    /// Notified when a worker has found a job.
    found: Arc<Notify>,
    /// Permits for running jobs, one per worker.
    permits: Arc<Semaphore>,
    settings: WorkerSettings,
}

/// Returns a queue in an SQLite database.
#[must_use]
pub fn sqlite(pool: SqlitePool, settings: WorkerSettings) -> Queue {
    let (registry, run_opts, token) = sql_parts(&settings);
    WakingQueue::wrap(SqliteQueue { pool, registry, run_opts, token }, settings)
}

/// Returns a queue in a PostgreSQL database. One connection of the pool listens for notifications.
#[must_use]
pub fn postgres(pool: PgPool, settings: WorkerSettings) -> Queue {
    let (registry, run_opts, token) = sql_parts(&settings);
    WakingQueue::wrap(PgQueue { pool, registry, run_opts, token }, settings)
}

/// Returns the parts of a queue in SQL. Loco's own `run` requeues jobs of killed processes and starts no worker, because
/// [`WakingQueue`] starts the workers.
fn sql_parts(settings: &WorkerSettings) -> (Arc<Mutex<JobRegistry>>, RunOpts, CancellationToken) {
    let options = RunOpts { num_workers: 0, poll_interval_sec: 0, reaper: Some(settings.reaper.clone()) };
    (Arc::default(), options, CancellationToken::new())
}

/// Returns a queue in Redis.
///
/// # Errors
/// Returns an error if the URL is invalid.
pub fn redis(url: &str, settings: WorkerSettings) -> Result<Queue> {
    use bgworker::redis::RunOpts;
    let reaper = Some(settings.reaper.clone());
    // As in `sql_parts`, Loco's own `run` starts no worker.
    let run_opts = RunOpts { num_workers: 0, poll_interval_sec: 0, queues: None, reaper };
    let (client, token) = (::redis::Client::open(url)?, CancellationToken::new());
    Ok(WakingQueue::wrap(RedisQueue { client, registry: Arc::default(), run_opts, token }, settings))
}

impl<B: Backend> WakingQueue<B> {
    fn wrap(backend: B, settings: WorkerSettings) -> Queue {
        let permits = Arc::new(Semaphore::new(settings.workers as usize));
        Queue::from_provider(Arc::new(Self {
            backend,
            wakeup: Arc::default(),
            found: Arc::default(),
            permits,
            settings,
        }))
    }

    /// Wakes a worker of this process and the workers of other processes.
    async fn wake(&self) {
        self.wakeup.notify_one();
        if let Err(error) = self.backend.notify().await {
            tracing::warn!(%error, "notifying other workers failed: the next poll finds the job");
        }
    }

    /// Returns a handler that waits for a permit before it runs a job. A permit is usually free, because no worker is
    /// started while all permits are taken.
    ///
    /// The handler wakes another worker before the job, because several jobs may have been enqueued with one
    /// notification. It also does so after the job, because a permit is free again.
    fn limited(&self, handler: JobHandler) -> JobHandler {
        let handler = Arc::new(handler);
        let (wakeup, found, permits) = (Arc::clone(&self.wakeup), Arc::clone(&self.found), Arc::clone(&self.permits));
        Box::new(move |id, data| {
            let handler = Arc::clone(&handler);
            let (wakeup, found, permits) = (Arc::clone(&wakeup), Arc::clone(&found), Arc::clone(&permits));
            Box::pin(async move {
                let permit = permits.acquire().await;
                found.notify_one();
                wakeup.notify_one();
                let result = handler(id, data).await;
                drop(permit);
                wakeup.notify_one();
                result
            })
        })
    }

    /// Starts a worker after each notification and once per poll interval, until the queue is shut down. Then waits for
    /// the running jobs.
    async fn run_workers(&self, tags: &[String]) {
        let max_workers = MAX_IDLE_WORKERS + self.settings.workers as usize;
        let mut polls = interval(Duration::from_secs(self.settings.poll_seconds.max(1).into()));
        polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut running = FuturesUnordered::new();
        loop {
            tokio::select! {
                () = self.backend.token().cancelled() => break,
                () = self.wakeup.notified(), if running.len() < max_workers => {
                    // Without a free permit, the end of a running job wakes a worker.
                    if self.permits.available_permits() > 0 {
                        let token = self.backend.token().child_token();
                        let worker = self.backend.start_worker(&token, tags).await;
                        running.push(end_worker(worker, token));
                        let _ = timeout(SEARCH_TIME, self.found.notified()).await;
                    }
                }
                _ = polls.tick() => self.wakeup.notify_one(),
                Some(()) = running.next() => {}
            }
        }
        while running.next().await.is_some() {}
    }

    /// Listens for the notifications of other processes until the queue is shut down.
    async fn listen(&self) {
        loop {
            // Jobs may have been enqueued while no connection listened.
            self.wakeup.notify_one();
            let ended = self.backend.token().run_until_cancelled(self.backend.listen(&self.wakeup)).await;
            let Some(ended) = ended else { return };
            if let Err(error) = ended {
                tracing::warn!(%error, "listening for jobs of other processes failed: the workers poll");
            }
            if self.backend.token().run_until_cancelled(sleep(LISTEN_RETRY_DELAY)).await.is_none() {
                return;
            }
        }
    }
}

/// Lets a worker take jobs until the end of its lifetime, and waits for its last job.
async fn end_worker(worker: Vec<JoinHandle<()>>, token: CancellationToken) {
    let _ = token.run_until_cancelled(sleep(WORKER_LIFETIME)).await;
    token.cancel();
    for task in worker {
        let _ = task.await;
    }
}
