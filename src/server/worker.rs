//! What a process has beside Loco's worker, which says nothing of its health and waits for jobs without end.

use std::sync::Arc;

use loco_rs::{Result, app::AppContext};
use tokio::time::sleep;

use super::metrics;
use crate::{settings::Settings, typesetting::Typesetter};

/// Serves the process's numbers and health, which a server would do otherwise.
///
/// # Errors
/// When their port cannot be listened on.
pub async fn accompany(ctx: &AppContext) -> Result<()> {
    if let Some(settings) = ctx.shared_store.get::<Arc<Settings>>() {
        metrics::start(ctx, &settings.metrics).await?;
    }
    Ok(())
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
