//! What a worker process needs beside Loco's worker: a health endpoint, and a limit to the wait for running jobs.

use std::{sync::Arc, time::Duration};

use loco_rs::{Result, app::AppContext};
use rustix::process::{Signal, getpid, kill_process};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use super::metrics;
use crate::{settings::Settings, typesetting::Typesetter};

/// Interval between two signals to Loco until Loco has received one.
const RESIGNAL_DELAY: Duration = Duration::from_millis(100);

/// Cancelled when Loco has received the request to stop.
#[derive(Clone)]
struct ShutdownRequested(CancellationToken);

/// Listens for SIGTERM early, and serves metrics and health, because a worker process has no server.
///
/// # Errors
/// Returns an error if the signal handler or the listener for metrics cannot be installed.
pub async fn start_worker_services(ctx: &AppContext) -> Result<()> {
    listen(ctx)?;
    if let Some(settings) = ctx.shared_store.get::<Arc<Settings>>() {
        metrics::start(ctx, &settings.metrics).await?;
    }
    Ok(())
}

/// Holds SIGTERM back until Loco listens for it. Loco does so last, and SIGTERM would kill the process before that.
fn listen(ctx: &AppContext) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let received = CancellationToken::new();
    ctx.shared_store.insert(ShutdownRequested(received.clone()));
    #[expect(clippy::disallowed_methods, reason = "ends with the process")]
    tokio::spawn(async move {
        terminate.recv().await;
        while received.run_until_cancelled(sleep(RESIGNAL_DELAY)).await.is_some() {
            let _ = kill_process(getpid(), Signal::TERM);
        }
    });
    Ok(())
}

/// Aborts running jobs after the grace period. They start again when their leases expire.
pub fn force_shutdown(ctx: &AppContext) {
    if let Some(ShutdownRequested(received)) = ctx.shared_store.get::<ShutdownRequested>() {
        received.cancel();
    }
    tracing::info!(event = "shutdown", "shutdown requested: finishing running requests and jobs");
    let grace = ctx.shared_store.get::<Arc<Settings>>().map(|settings| settings.shutdown_grace()).unwrap_or_default();
    let typesetter = ctx.shared_store.get::<Typesetter>();
    #[expect(clippy::disallowed_methods, reason = "ends with the process")]
    tokio::spawn(async move {
        sleep(grace).await;
        tracing::warn!("a job is still running: it starts again when its lease expires");
        if let Some(typesetter) = typesetter {
            typesetter.shutdown();
        }
    });
}
