//! Runs queued jobs beside the server, and offers again what a killed process left behind.

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
    middleware::rate_limit::Limits,
    models::schema::{Schema, SchemaGate},
    settings::Settings,
    workers,
};

/// How often forgotten orders are looked for.
const SWEEP: Duration = Duration::from_secs(5);
/// How often what nothing needs any more is cleared away.
const TIDY: Duration = Duration::from_hours(1);
/// How often discarded files are deleted: what a client that disconnects leaves behind counts toward no quota.
const DELETE_FILES: Duration = Duration::from_secs(30);

/// How often a database of another schema is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Marks a context whose jobs Loco runs by itself: it was started with a worker.
#[derive(Debug, Clone, Copy)]
pub struct LocoRunsJobs;

/// The tasks that run jobs.
pub struct Jobs {
    queue: Option<JoinHandle<()>>,
    sweep: JoinHandle<()>,
    tidy: JoinHandle<()>,
    files: JoinHandle<()>,
}

/// Starts to run jobs in this process, unless Loco does.
pub async fn start(ctx: &AppContext) -> Result<Jobs> {
    let workers = ctx.shared_store.get::<Arc<Settings>>().map_or(0, |settings| settings.queue.workers);
    let background = ctx.config.workers.mode == WorkerMode::BackgroundQueue;
    let ours = background && workers > 0 && !ctx.shared_store.contains::<LocoRunsJobs>();
    let queue = if ours { Some(run_queue(ctx).await?) } else { None };
    Ok(Jobs {
        queue,
        sweep: keep_sweeping(ctx.clone()),
        tidy: keep_tidy(ctx.clone()),
        files: keep_deleting_files(ctx.clone()),
    })
}

impl Jobs {
    /// Takes no more jobs and waits for those that run.
    pub async fn stop(self, ctx: &AppContext) {
        self.sweep.abort();
        self.tidy.abort();
        self.files.abort();
        let Some(running) = self.queue else { return };
        if !gate(ctx).is_open() {
            return running.abort();
        }
        if let Some(queue) = &ctx.queue_provider
            && let Err(error) = queue.shutdown()
        {
            tracing::warn!(%error, "the queue could not be stopped");
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
        wait_for_schema(&ctx).await;
        if let Err(error) = queue.run(Vec::new()).await {
            tracing::error!(%error, "jobs are no longer run");
        }
    }))
}

#[expect(clippy::disallowed_methods, reason = "ends with the process; what it does is offered again by the next one")]
fn keep_sweeping(ctx: AppContext) -> JoinHandle<()> {
    tokio::spawn(async move {
        wait_for_schema(&ctx).await;
        let mut ticks = interval(SWEEP);
        loop {
            ticks.tick().await;
            workers::typeset_document::offer_stale(&ctx).await;
            workers::send_mail::offer_due(&ctx).await;
            if let Some(limits) = ctx.shared_store.get::<Arc<Limits>>() {
                limits.evict(Instant::now());
                // Finds out that a store is back, or gone, where no request does.
                let _ = limits.check(Instant::now()).await;
            }
        }
    })
}

/// By itself: retries do not wait for it.
#[expect(clippy::disallowed_methods, reason = "ends with the process; what it leaves is cleared away by the next one")]
fn keep_tidy(ctx: AppContext) -> JoinHandle<()> {
    tokio::spawn(async move {
        wait_for_schema(&ctx).await;
        let mut ticks = interval(TIDY);
        loop {
            ticks.tick().await;
            workers::tidy(&ctx).await;
        }
    })
}

/// By itself, because deleting from a slow store takes long.
#[expect(clippy::disallowed_methods, reason = "ends with the process; the next one deletes what is left")]
fn keep_deleting_files(ctx: AppContext) -> JoinHandle<()> {
    tokio::spawn(async move {
        wait_for_schema(&ctx).await;
        loop {
            workers::delete_discarded_files(&ctx).await;
            sleep(DELETE_FILES).await;
        }
    })
}

fn gate(ctx: &AppContext) -> SchemaGate {
    ctx.shared_store.get::<SchemaGate>().unwrap_or_default()
}

/// Returns once the database has the schema that jobs know, and lets requests in.
async fn wait_for_schema(ctx: &AppContext) {
    let gate = gate(ctx);
    while !gate.is_open() {
        sleep(LOOK_AGAIN).await;
        if gate.is_open() {
            return;
        }
        match Schema::of(&ctx.db).await {
            Ok(schema) => gate.update(schema),
            Err(error) => tracing::warn!(%error, "the schema could not be looked at"),
        }
        if gate.is_open() {
            tracing::info!(event = "migrations_done", "the schema is current: serving");
        }
    }
}

/// A process that only runs jobs has nobody to answer 503: it ends, and is started again.
///
/// # Errors
/// When the database has another schema than this binary knows.
pub fn refuse_jobs_on_another_schema(ctx: &AppContext) -> Result<()> {
    let schema = gate(ctx).schema();
    if schema == Schema::Current { Ok(()) } else { Err(Error::Message(schema.advice())) }
}
