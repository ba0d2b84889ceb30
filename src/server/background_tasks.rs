//! Background tasks of the server: run queued jobs, requeue expired jobs, and purge expired rows and files.

use std::time::{Duration, Instant};

use loco_rs::{Error, Result, app::AppContext, config::WorkerMode};
use tokio::{
    task::JoinHandle,
    time::{interval, sleep},
};

use crate::{models::migration_status::MigrationStatus, services::Services, workers};

/// Interval between two searches for expired jobs. Each search requeues the expired jobs.
const REQUEUE_INTERVAL: Duration = Duration::from_secs(5);
/// Interval between two purges of expired rows.
const PURGE_INTERVAL: Duration = Duration::from_hours(1);
/// Interval between two deletions of discarded files. The interval is short, because a file whose client disconnected
/// during the upload counts toward no quota.
const FILE_PURGE_INTERVAL: Duration = Duration::from_secs(30);
/// Interval between two checks of a database whose migrations are missing.
const MIGRATION_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Background tasks of the server.
pub struct BackgroundTasks {
    queue: Option<JoinHandle<()>>,
    requeue: JoinHandle<()>,
    purge: JoinHandle<()>,
    purge_files: JoinHandle<()>,
}

/// Starts the background tasks. One task runs queued jobs, unless Loco's own worker runs jobs in this process or
/// `QUEUE_WORKERS` is 0.
///
/// # Errors
/// Returns an error if the queue is missing or a worker cannot be registered.
pub async fn start(ctx: &AppContext, services: &Services) -> Result<BackgroundTasks> {
    let workers = services.settings.queue.workers;
    let background = ctx.config.workers.mode == WorkerMode::BackgroundQueue;
    let runs_jobs = background && workers > 0 && !services.process.loco_runs_jobs();
    let queue = if runs_jobs { Some(run_queue(ctx).await?) } else { None };
    Ok(BackgroundTasks {
        queue,
        requeue: keep_requeueing(ctx.clone()),
        purge: keep_purging(ctx.clone()),
        purge_files: keep_purging_files(ctx.clone()),
    })
}

impl BackgroundTasks {
    /// Stops taking new jobs and waits for running jobs.
    pub async fn stop(self, ctx: &AppContext, services: &Services) {
        self.requeue.abort();
        self.purge.abort();
        self.purge_files.abort();
        let Some(running) = self.queue else { return };
        if !services.migrations.is_open() {
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

#[expect(clippy::disallowed_methods, reason = "this task runs the BackgroundWorkers")]
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

#[expect(clippy::disallowed_methods, reason = "ends with the process; the next process requeues the jobs")]
fn keep_requeueing(ctx: AppContext) -> JoinHandle<()> {
    let services = Services::of(&ctx);
    tokio::spawn(async move {
        wait_for_migrations(&ctx).await;
        let mut ticks = interval(REQUEUE_INTERVAL);
        loop {
            ticks.tick().await;
            workers::typeset_document::requeue_expired(&ctx).await;
            workers::send_mail::requeue_due(&ctx).await;
            services.db.release_idle(Instant::now());
            let limits = &services.rate_limits;
            limits.purge_expired(Instant::now());
            // Detects a failure or recovery of the rate-limit store while no request uses the store.
            let _ = limits.check(Instant::now()).await;
        }
    })
}

/// Purges expired rows in a separate task, because requeued jobs must not wait for the purge.
#[expect(clippy::disallowed_methods, reason = "ends with the process; the next process purges the remaining rows")]
fn keep_purging(ctx: AppContext) -> JoinHandle<()> {
    tokio::spawn(async move {
        wait_for_migrations(&ctx).await;
        let mut ticks = interval(PURGE_INTERVAL);
        loop {
            ticks.tick().await;
            workers::purge_expired(&ctx).await;
        }
    })
}

/// Deletes discarded files in a separate task, because a slow store would also delay the purge of expired rows.
#[expect(clippy::disallowed_methods, reason = "ends with the process; the next process deletes the remaining files")]
fn keep_purging_files(ctx: AppContext) -> JoinHandle<()> {
    tokio::spawn(async move {
        wait_for_migrations(&ctx).await;
        loop {
            workers::delete_discarded_files(&ctx).await;
            sleep(FILE_PURGE_INTERVAL).await;
        }
    })
}

/// Waits until the database has the migrations of this binary, and opens the migration guard.
async fn wait_for_migrations(ctx: &AppContext) {
    let guard = &Services::of(ctx).migrations;
    while !guard.is_open() {
        sleep(MIGRATION_CHECK_INTERVAL).await;
        if guard.is_open() {
            return;
        }
        match MigrationStatus::of(&ctx.db).await {
            Ok(status) => guard.update(status),
            Err(error) => tracing::warn!(%error, "checking the migrations failed"),
        }
        if guard.is_open() {
            tracing::info!(event = "migrations_done", "migrations are complete: serving requests");
        }
    }
}

/// Checks the migrations of the database when a worker process starts. The error stops the worker process, because a
/// worker process cannot respond with 503.
///
/// # Errors
/// Returns an error if the database has other migrations than this binary.
pub fn check_migrations(ctx: &AppContext) -> Result<()> {
    let status = Services::of(ctx).migrations.status();
    if status == MigrationStatus::Current { Ok(()) } else { Err(Error::Message(status.advice())) }
}
