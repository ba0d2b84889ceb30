//! Runs queued jobs beside the server, requeues expired jobs, and purges expired rows and files.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use loco_rs::{Error, Result, app::AppContext, config::WorkerMode};
use tokio::{
    task::JoinHandle,
    time::{interval, sleep},
};

use crate::{
    models::migration_status::{Schema, SchemaGate},
    rate_limits::RateLimits,
    settings::Settings,
    workers,
};

/// Interval between two searches for jobs to requeue.
const REQUEUE_INTERVAL: Duration = Duration::from_secs(5);
/// Interval between two purges of expired rows.
const PURGE_INTERVAL: Duration = Duration::from_hours(1);
/// Interval between two deletions of discarded files. It is short, because files of clients that have disconnected
/// count toward no quota.
const FILE_PURGE_INTERVAL: Duration = Duration::from_secs(30);
/// Interval between two checks of a database whose migrations are missing.
const MIGRATION_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// In the context of a process that was started with a worker, because then Loco runs the jobs.
#[derive(Debug, Clone, Copy)]
pub struct LocoRunsJobs;

/// The tasks that run beside the server.
pub struct BackgroundTasks {
    queue: Option<JoinHandle<()>>,
    requeue: JoinHandle<()>,
    purge: JoinHandle<()>,
    purge_files: JoinHandle<()>,
}

/// Starts the tasks. Jobs run in this process unless Loco runs them or `QUEUE_WORKERS` is 0.
pub async fn start(ctx: &AppContext) -> Result<BackgroundTasks> {
    let workers = ctx.shared_store.get::<Arc<Settings>>().map_or(0, |settings| settings.queue.workers);
    let background = ctx.config.workers.mode == WorkerMode::BackgroundQueue;
    let runs_jobs = background && workers > 0 && !ctx.shared_store.contains::<LocoRunsJobs>();
    let queue = if runs_jobs { Some(run_queue(ctx).await?) } else { None };
    Ok(BackgroundTasks {
        queue,
        requeue: keep_requeueing(ctx.clone()),
        purge: keep_purging(ctx.clone()),
        purge_files: keep_purging_files(ctx.clone()),
    })
}

impl BackgroundTasks {
    /// Stops taking jobs and waits for running jobs.
    pub async fn stop(self, ctx: &AppContext) {
        self.requeue.abort();
        self.purge.abort();
        self.purge_files.abort();
        let Some(running) = self.queue else { return };
        if !gate(ctx).is_open() {
            return running.abort();
        }
        if let Some(queue) = &ctx.queue_provider
            && let Err(error) = queue.shutdown()
        {
            tracing::warn!(%error, "stopping the queue failed");
        }
        let _ = running.await;
    }
}

#[expect(clippy::disallowed_methods, reason = "this is what runs the BackgroundWorkers")]
async fn run_queue(ctx: &AppContext) -> Result<JoinHandle<()>> {
    let queue = ctx.queue_provider.clone().ok_or(loco_rs::Error::QueueProviderMissing)?;
    workers::register(ctx, &queue).await?;
    let ctx = ctx.clone();
    Ok(tokio::spawn(async move {
        wait_for_migrations(&ctx).await;
        if let Err(error) = queue.run(Vec::new()).await {
            tracing::error!(%error, "running jobs failed: no more jobs are run");
        }
    }))
}

#[expect(clippy::disallowed_methods, reason = "ends with the process; the next one requeues")]
fn keep_requeueing(ctx: AppContext) -> JoinHandle<()> {
    tokio::spawn(async move {
        wait_for_migrations(&ctx).await;
        let mut ticks = interval(REQUEUE_INTERVAL);
        loop {
            ticks.tick().await;
            workers::typeset_document::offer_stale(&ctx).await;
            workers::send_mail::offer_due(&ctx).await;
            if let Some(limits) = ctx.shared_store.get::<Arc<RateLimits>>() {
                limits.purge_expired(Instant::now());
                // Detects that the store has failed or recovered while no request uses it.
                let _ = limits.check(Instant::now()).await;
            }
        }
    })
}

/// In a task of its own, because retries must not wait for it.
#[expect(clippy::disallowed_methods, reason = "ends with the process; the next one purges what is left")]
fn keep_purging(ctx: AppContext) -> JoinHandle<()> {
    tokio::spawn(async move {
        wait_for_migrations(&ctx).await;
        let mut ticks = interval(PURGE_INTERVAL);
        loop {
            ticks.tick().await;
            workers::tidy(&ctx).await;
        }
    })
}

/// In a task of its own, because deleting from a slow store takes long.
#[expect(clippy::disallowed_methods, reason = "ends with the process; the next one deletes what is left")]
fn keep_purging_files(ctx: AppContext) -> JoinHandle<()> {
    tokio::spawn(async move {
        wait_for_migrations(&ctx).await;
        loop {
            workers::delete_discarded_files(&ctx).await;
            sleep(FILE_PURGE_INTERVAL).await;
        }
    })
}

fn gate(ctx: &AppContext) -> SchemaGate {
    ctx.shared_store.get::<SchemaGate>().unwrap_or_default()
}

/// Waits until the database has the migrations of this binary, and opens the migration guard.
async fn wait_for_migrations(ctx: &AppContext) {
    let gate = gate(ctx);
    while !gate.is_open() {
        sleep(MIGRATION_CHECK_INTERVAL).await;
        if gate.is_open() {
            return;
        }
        match Schema::of(&ctx.db).await {
            Ok(schema) => gate.update(schema),
            Err(error) => tracing::warn!(%error, "checking the migrations failed"),
        }
        if gate.is_open() {
            tracing::info!(event = "migrations_done", "migrations are complete: serving requests");
        }
    }
}

/// Stops a worker process whose database lacks migrations, because it cannot respond with 503.
///
/// # Errors
/// Returns an error if the database has other migrations than this binary.
pub fn check_migrations(ctx: &AppContext) -> Result<()> {
    let schema = gate(ctx).schema();
    if schema == Schema::Current { Ok(()) } else { Err(Error::Message(schema.advice())) }
}
