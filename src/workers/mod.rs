//! Jobs: each fetches its row and calls the model.

pub mod typeset_document;

use loco_rs::{
    Result,
    app::AppContext,
    bgworker::{BackgroundWorker, JobStatus, Queue},
};

/// Makes every job known to the queue.
pub async fn register(ctx: &AppContext, queue: &Queue) -> Result<()> {
    queue.register(typeset_document::TypesetDocument::build(ctx)).await
}

/// Clears the rows of finished jobs away: what they did stands in their own tables.
pub async fn tidy(ctx: &AppContext) {
    let Some(queue) = &ctx.queue_provider else { return };
    if let Err(error) = queue.clear_by_status(vec![JobStatus::Completed]).await {
        tracing::warn!(%error, "finished jobs could not be cleared away");
    }
}
