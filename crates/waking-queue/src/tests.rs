//! Tests with workers that poll once an hour, so that only a notification can start a job in time.

#![expect(
    clippy::disallowed_methods,
    reason = "the tests run the workers in a task and read the URLs of the databases"
)]

use std::{
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    time::Duration,
};

use async_trait::async_trait;
use loco_rs::{app::AppContext, bgworker::BackgroundWorker};
use sqlx::{
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

use super::*;

/// Job that reports its start, and ends when it gets a permit.
#[derive(Clone)]
struct TestJob {
    started: mpsc::UnboundedSender<usize>,
    permits: Arc<Semaphore>,
    running: Arc<AtomicUsize>,
}

#[async_trait]
impl BackgroundWorker<()> for TestJob {
    fn build(_: &AppContext) -> Self {
        unreachable!("the tests register an instance")
    }

    async fn perform(&self, (): ()) -> Result<()> {
        let running = self.running.fetch_add(1, SeqCst) + 1;
        self.started.send(running).unwrap();
        self.permits.acquire().await.unwrap().forget();
        self.running.fetch_sub(1, SeqCst);
        Ok(())
    }
}

/// Running workers of one process.
struct Workers {
    queue: Arc<Queue>,
    /// Number of running jobs at the start of each job.
    started: mpsc::UnboundedReceiver<usize>,
    permits: Arc<Semaphore>,
    task: JoinHandle<Result<()>>,
}

impl Workers {
    /// Starts the workers of a queue. The first `permits` jobs end immediately.
    async fn start(queue: Queue, permits: usize) -> Self {
        queue.setup().await.unwrap();
        let ((sender, started), permits) = (mpsc::unbounded_channel(), Arc::new(Semaphore::new(permits)));
        let job = TestJob { started: sender, permits: Arc::clone(&permits), running: Arc::default() };
        queue.register(job).await.unwrap();
        let queue = Arc::new(queue);
        let running = Arc::clone(&queue);
        Self { queue, started, permits, task: tokio::spawn(async move { running.run(Vec::new()).await }) }
    }

    /// Waits for the start of a job. Returns the number of running jobs.
    async fn next(&mut self) -> usize {
        timeout(Duration::from_secs(30), self.started.recv()).await.expect("the job was not started").unwrap()
    }

    async fn stop(self) {
        self.queue.shutdown().unwrap();
        self.task.await.unwrap().unwrap();
    }
}

async fn enqueue(queue: &Queue) {
    queue.enqueue(TestJob::class_name(), None, (), None, None).await.unwrap();
}

fn settings(workers: u32) -> WorkerSettings {
    WorkerSettings { workers, poll_seconds: 3600, reaper: ReaperConfig { age_minutes: 60, interval_seconds: 3600 } }
}

async fn sqlite_queue(folder: &tempfile::TempDir, workers: u32) -> Queue {
    let options = SqliteConnectOptions::new().filename(folder.path().join("queue.sqlite")).create_if_missing(true);
    let pool = SqlitePoolOptions::new().max_connections(workers + 2).connect_with(options).await.unwrap();
    sqlite(pool, settings(workers))
}

#[tokio::test]
async fn jobs_start_when_they_are_enqueued() {
    let folder = tempfile::tempdir().unwrap();
    let mut workers = Workers::start(sqlite_queue(&folder, 1).await, 20).await;
    for _ in 0..20 {
        enqueue(&workers.queue).await;
        workers.next().await;
    }
    workers.stop().await;
}

#[tokio::test]
async fn waiting_jobs_start_when_running_jobs_end_and_never_exceed_the_number_of_workers() {
    let folder = tempfile::tempdir().unwrap();
    let mut workers = Workers::start(sqlite_queue(&folder, 2).await, 0).await;
    for _ in 0..12 {
        enqueue(&workers.queue).await;
    }
    let mut running = vec![workers.next().await, workers.next().await];
    for _ in 2..12 {
        workers.permits.add_permits(1);
        running.push(workers.next().await);
    }
    workers.permits.add_permits(2);
    assert!(running.iter().all(|running| *running <= 2), "{running:?}");
    workers.stop().await;
}

#[tokio::test]
async fn jobs_of_one_batch_run_concurrently() {
    let folder = tempfile::tempdir().unwrap();
    let mut workers = Workers::start(sqlite_queue(&folder, 3).await, 0).await;
    let jobs = vec![((), None), ((), None), ((), None)];
    workers.queue.enqueue_batch(TestJob::class_name(), None, jobs, None).await.unwrap();
    let running = [workers.next().await, workers.next().await, workers.next().await];
    assert_eq!(running, [1, 2, 3]);
    workers.permits.add_permits(3);
    workers.stop().await;
}

#[tokio::test]
async fn shutdown_waits_for_running_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let mut workers = Workers::start(sqlite_queue(&folder, 1).await, 0).await;
    enqueue(&workers.queue).await;
    workers.next().await;
    workers.queue.shutdown().unwrap();
    timeout(Duration::from_millis(200), &mut workers.task).await.expect_err("the running job was not awaited");
    workers.permits.add_permits(1);
    workers.task.await.unwrap().unwrap();
}

#[tokio::test]
async fn poll_finds_a_job_without_a_notification() {
    let folder = tempfile::tempdir().unwrap();
    let other = sqlite_queue(&folder, 1).await;
    let options = SqliteConnectOptions::new().filename(folder.path().join("queue.sqlite"));
    let pool = SqlitePoolOptions::new().connect_with(options).await.unwrap();
    let mut workers = Workers::start(sqlite(pool, WorkerSettings { poll_seconds: 1, ..settings(1) }), 3).await;
    for _ in 0..3 {
        enqueue(&other).await;
        workers.next().await;
    }
    workers.stop().await;
}

/// Enqueues jobs in a queue without workers, as a process does that only serves requests.
async fn jobs_of_another_process_start(own: Queue, other: Queue) {
    let mut workers = Workers::start(own, 10).await;
    for _ in 0..10 {
        enqueue(&other).await;
        workers.next().await;
    }
    workers.stop().await;
}

#[tokio::test]
async fn jobs_of_another_process_start_on_postgres() {
    let Some(url) = std::env::var("DATABASE_URL").ok().filter(|url| url.starts_with("postgres")) else { return };
    // A separate database, because the queue of the application may be in the given database.
    let name = format!("waking_queue_{}", std::process::id());
    let server = PgPoolOptions::new().connect(&url).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&server).await.unwrap();
    let options = url.parse::<sqlx::postgres::PgConnectOptions>().unwrap().database(&name);
    let open = async || postgres(PgPoolOptions::new().connect_with(options.clone()).await.unwrap(), settings(1));
    jobs_of_another_process_start(open().await, open().await).await;
    let dropped = format!("DROP DATABASE {name} WITH (FORCE)");
    sqlx::query(sqlx::AssertSqlSafe(dropped)).execute(&server).await.unwrap();
}

#[tokio::test]
async fn jobs_of_another_process_start_on_redis() {
    let Ok(url) = std::env::var("TEST_REDIS_URL") else { return };
    // A separate database, because the queue of the application may be in the default database.
    let open = || redis(&format!("{url}/15"), settings(1)).unwrap();
    jobs_of_another_process_start(open(), open()).await;
}
