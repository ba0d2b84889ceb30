//! Loco's job queue with workers that start a job as soon as it is enqueued.
//!
//! Loco's workers poll the store of the queue once a second. [`WakingQueue`] runs these workers, and starts one
//! additional worker for a short time after each enqueued job. Polling remains as the fallback.
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
    bgworker::{self, JobHandler, Queue, pg::PgQueue, redis::RedisQueue, sqlt::SqliteQueue},
    config::ReaperConfig,
};
use sqlx::{PgPool, SqlitePool};
use tokio::{
    sync::{Mutex, Notify, Semaphore},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use backend::Backend;

/// Time after which an additional worker takes no further job. Its first search starts immediately. The worker finishes
/// a job that runs at the end of this time.
const WORKER_LIFETIME: Duration = Duration::from_millis(50);
/// Time between two attempts to listen for notifications.
const LISTEN_RETRY_DELAY: Duration = Duration::from_secs(1);

/// Settings of the workers of a process.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Maximum number of jobs that run at the same time.
    pub workers: u32,
    /// Time between two polls, in seconds.
    pub poll_seconds: u32,
    /// When Loco requeues the jobs of a killed process.
    pub reaper: ReaperConfig,
}

/// Queue of Loco with additional workers that a notification starts.
struct WakingQueue<B> {
    backend: B,
    /// Notified when a job may be waiting.
    wakeup: Arc<Notify>,
    /// Permits for running jobs. The polling workers and the additional workers share the permits.
    permits: Arc<Semaphore>,
    /// Maximum number of additional workers. Some of them may have found no job and wait for the end of their lifetime.
    max_additional_workers: usize,
}

/// Returns a queue in an SQLite database.
#[must_use]
pub fn sqlite(pool: SqlitePool, settings: WorkerSettings) -> Queue {
    use bgworker::sqlt::{JobRegistry, RunOpts};
    let (workers, token) = (settings.workers, CancellationToken::new());
    let run_opts =
        RunOpts { num_workers: workers, poll_interval_sec: settings.poll_seconds, reaper: Some(settings.reaper) };
    WakingQueue::new(SqliteQueue { pool, registry: Arc::new(Mutex::new(JobRegistry::new())), run_opts, token }, workers)
}

/// Returns a queue in a PostgreSQL database. One connection of the pool listens for notifications.
#[must_use]
pub fn postgres(pool: PgPool, settings: WorkerSettings) -> Queue {
    use bgworker::pg::{JobRegistry, RunOpts};
    let (workers, token) = (settings.workers, CancellationToken::new());
    let run_opts =
        RunOpts { num_workers: workers, poll_interval_sec: settings.poll_seconds, reaper: Some(settings.reaper) };
    WakingQueue::new(PgQueue { pool, registry: Arc::new(Mutex::new(JobRegistry::new())), run_opts, token }, workers)
}

/// Returns a queue in Redis.
///
/// # Errors
/// Returns an error if the URL is invalid.
pub fn redis(url: &str, settings: WorkerSettings) -> Result<Queue> {
    use bgworker::redis::{JobRegistry, RunOpts};
    let (workers, token) = (settings.workers, CancellationToken::new());
    let run_opts = RunOpts {
        num_workers: workers,
        poll_interval_sec: settings.poll_seconds,
        queues: None,
        reaper: Some(settings.reaper),
    };
    let client = ::redis::Client::open(url)?;
    let backend = RedisQueue { client, registry: Arc::new(Mutex::new(JobRegistry::new())), run_opts, token };
    Ok(WakingQueue::new(backend, workers))
}

impl<B: Backend> WakingQueue<B> {
    fn new(backend: B, workers: u32) -> Queue {
        let workers = workers as usize;
        let permits = Arc::new(Semaphore::new(workers));
        Queue::from_provider(Arc::new(Self {
            backend,
            wakeup: Arc::default(),
            permits,
            max_additional_workers: 2 * workers,
        }))
    }

    /// Wakes a worker of this process and the workers of other processes.
    async fn wake(&self) {
        self.wakeup.notify_one();
        if let Err(error) = self.backend.notify().await {
            tracing::warn!(%error, "notifying other workers failed: the next poll finds the job");
        }
    }

    /// Returns a handler that waits for a permit before it runs a job. After the job, the handler wakes another worker,
    /// because the lifetime of the present worker may have ended.
    fn limited(&self, handler: JobHandler) -> JobHandler {
        let (handler, permits, wakeup) = (Arc::new(handler), Arc::clone(&self.permits), Arc::clone(&self.wakeup));
        Box::new(move |id, data| {
            let (handler, permits, wakeup) = (Arc::clone(&handler), Arc::clone(&permits), Arc::clone(&wakeup));
            Box::pin(async move {
                let permit = permits.acquire().await;
                let result = handler(id, data).await;
                drop(permit);
                wakeup.notify_one();
                result
            })
        })
    }

    /// Starts an additional worker after each notification, until the queue is shut down. Then waits for the running
    /// jobs of the additional workers.
    async fn run_when_woken(&self, tags: &[String]) {
        let mut running = FuturesUnordered::new();
        loop {
            tokio::select! {
                () = self.backend.token().cancelled() => break,
                () = self.wakeup.notified(), if running.len() < self.max_additional_workers => {
                    // Without a free permit, the end of a running job wakes a worker.
                    if self.permits.available_permits() > 0 {
                        running.push(self.run_one(tags));
                    }
                }
                Some(()) = running.next() => {}
            }
        }
        while running.next().await.is_some() {}
    }

    /// Runs one worker for a short time.
    async fn run_one(&self, tags: &[String]) {
        let token = self.backend.token().child_token();
        let tasks = self.backend.start_worker(&token, tags).await;
        let _ = token.run_until_cancelled(sleep(WORKER_LIFETIME)).await;
        token.cancel();
        for task in tasks {
            let _ = task.await;
        }
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
