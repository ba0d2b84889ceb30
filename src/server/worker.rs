//! What a process for jobs alone has beside Loco's worker, which knows neither sweeps nor an end to its patience.

use std::sync::Arc;

use loco_rs::app::AppContext;
use tokio::time::sleep;

use super::jobs;
use crate::{settings::Settings, typesetting::Typesetter};

/// Starts what goes on beside the jobs, until the process ends.
pub fn accompany(ctx: &AppContext) {
    tracing::info!(event = "started", "running jobs");
    jobs::keep_sweeping(ctx.clone());
}

/// Lets the jobs that run have their grace, and then ends them: they start again when their leases
/// have run out.
pub fn hurry(ctx: &AppContext) {
    tracing::info!(event = "shutdown", "asked to stop: finishing what runs");
    let grace = ctx.shared_store.get::<Arc<Settings>>().map(|settings| settings.shutdown_grace()).unwrap_or_default();
    let typesetter = ctx.shared_store.get::<Typesetter>();
    #[expect(clippy::disallowed_methods, reason = "ends with the process, which it hurries")]
    tokio::spawn(async move {
        sleep(grace).await;
        tracing::warn!("a job still runs: it starts again when its lease has run out");
        if let Some(typesetter) = typesetter {
            typesetter.shutdown();
        }
    });
}
