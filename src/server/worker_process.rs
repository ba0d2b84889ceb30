//! Additions to Loco's worker process: a health endpoint and a time limit for running jobs at shutdown.

use std::time::Duration;

use futures_util::FutureExt;
use loco_rs::{Result, app::AppContext};
use rustix::process::{Signal, getpid, kill_process};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{boot_signals, metrics};
use crate::services::Services;

/// Interval at which `listen` sends SIGTERM again until Loco has received the signal.
const RESIGNAL_DELAY: Duration = Duration::from_millis(100);

/// Listens for SIGTERM and Ctrl-C before Loco does, and serves metrics and health. A worker process has no other
/// server.
///
/// # Errors
/// Returns an error if the listener for metrics cannot be installed.
pub async fn start_worker_services(ctx: &AppContext) -> Result<()> {
    let services = Services::of(ctx);
    listen(services.process.shutdown_requested());
    metrics::start(ctx, &services).await?;
    Ok(())
}

/// Delays SIGTERM and Ctrl-C until Loco listens for SIGTERM, because Loco starts to listen only after its boot.
fn listen(received: CancellationToken) {
    let mut stop = Box::pin(loco_rs::boot::shutdown_signal());
    // Polls once to install the signal handlers.
    let _ = (&mut stop).now_or_never();
    boot_signals::hand_over();
    #[expect(clippy::disallowed_methods, reason = "ends with the process")]
    tokio::spawn(async move {
        stop.await;
        while received.run_until_cancelled(sleep(RESIGNAL_DELAY)).await.is_some() {
            let _ = kill_process(getpid(), Signal::TERM);
        }
    });
}

/// Aborts running jobs after the grace period. The jobs start again when their leases expire.
pub fn force_shutdown(ctx: &AppContext) {
    let services = Services::of(ctx);
    services.process.shutdown_requested().cancel();
    tracing::info!(event = "shutdown", "shutdown requested: finishing running requests and jobs");
    #[expect(clippy::disallowed_methods, reason = "ends with the process")]
    tokio::spawn(async move {
        sleep(services.settings.shutdown_grace()).await;
        tracing::warn!("a job is still running: it starts again when its lease expires");
        services.typesetter.shutdown();
    });
}
