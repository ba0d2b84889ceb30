//! Runs queued jobs beside the server, and offers again what a killed process left behind.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use loco_rs::{Result, app::AppContext, config::WorkerMode};
use tokio::{task::JoinHandle, time::interval};

use crate::{middleware::rate_limit::Limits, workers};

/// How often forgotten orders are looked for.
const SWEEP: Duration = Duration::from_secs(5);
/// How often the rows of finished jobs are cleared away: as often as sweeps, times this.
const SWEEPS_A_TIDY: u32 = 720;

/// Marks a context whose jobs Loco runs by itself: it was started with a worker.
#[derive(Debug, Clone, Copy)]
pub struct LocoRunsJobs;

/// The tasks that run jobs.
pub struct Jobs {
    queue: Option<JoinHandle<()>>,
    sweep: JoinHandle<()>,
}

/// Starts to run jobs in this process, unless Loco does.
pub async fn start(ctx: &AppContext) -> Result<Jobs> {
    let ours = ctx.config.workers.mode == WorkerMode::BackgroundQueue && !ctx.shared_store.contains::<LocoRunsJobs>();
    let queue = if ours { Some(run_queue(ctx).await?) } else { None };
    Ok(Jobs { queue, sweep: keep_sweeping(ctx.clone()) })
}

impl Jobs {
    /// Takes no more jobs and waits for those that run.
    pub async fn stop(self, ctx: &AppContext) {
        self.sweep.abort();
        let Some(running) = self.queue else { return };
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
    Ok(tokio::spawn(async move {
        if let Err(error) = queue.run(Vec::new()).await {
            tracing::error!(%error, "jobs are no longer run");
        }
    }))
}

#[expect(clippy::disallowed_methods, reason = "ends with the process; what it does is offered again by the next one")]
fn keep_sweeping(ctx: AppContext) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut ticks = interval(SWEEP);
        for sweep in 0_u32.. {
            ticks.tick().await;
            workers::typeset_document::offer_stale(&ctx).await;
            if let Some(limits) = ctx.shared_store.get::<Arc<Limits>>() {
                limits.evict(Instant::now());
                // Finds out that a store is back, or gone, where no request does.
                let _ = limits.check(Instant::now()).await;
            }
            if sweep % SWEEPS_A_TIDY == 0 {
                workers::tidy(&ctx).await;
            }
        }
    })
}
