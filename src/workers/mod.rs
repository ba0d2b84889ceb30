//! Jobs: each fetches its row and calls the model.

pub mod send_mail;
pub mod typeset_document;

use std::sync::Arc;

use loco_rs::{
    Result,
    app::AppContext,
    bgworker::{BackgroundWorker, JobStatus, Queue},
};

use crate::{
    clock,
    errors::AppError,
    models::{
        Database, discarded_files,
        mails::{self, Caps},
        retention,
    },
    settings::Settings,
};

/// Makes every job known to the queue.
pub async fn register(ctx: &AppContext, queue: &Queue) -> Result<()> {
    queue.register(typeset_document::TypesetDocument::build(ctx)).await?;
    queue.register(send_mail::SendMail::build(ctx)).await?;
    // workers-inject (do not remove)
    Ok(())
}

/// Deletes the files that no row refers to and that are due.
pub async fn delete_discarded_files(ctx: &AppContext) {
    if let Err(error) = discarded_files::delete_due(&Database::of(ctx), &ctx.storage, clock::now()).await {
        tracing::warn!(error = %Chain(&error), "discarded files not deleted");
    }
}

/// Clears away what nothing needs any more: mails that no cap counts, sessions that are over, events that
/// are old, finished jobs.
pub async fn tidy(ctx: &AppContext) {
    let forgotten = [
        retention::forget_sessions(&Database::of(ctx), clock::now()).await,
        retention::forget_events(&Database::of(ctx), clock::now()).await,
    ];
    for error in forgotten.iter().filter_map(|gone| gone.as_ref().err()) {
        tracing::warn!(error = %Chain(error), "old rows could not be cleared away");
    }
    let longest = ctx.shared_store.get::<Arc<Settings>>().map(|settings| Caps::from(&settings.rate_limits).longest());
    if let Err(error) = mails::Model::forget(&Database::of(ctx), longest.unwrap_or_default(), clock::now()).await {
        tracing::warn!(error = %Chain(&error), "finished mails could not be cleared away");
    }
    // What jobs did stands in their own tables.
    let Some(queue) = &ctx.queue_provider else { return };
    if let Err(error) = queue.clear_by_status(vec![JobStatus::Completed]).await {
        tracing::warn!(%error, "finished jobs could not be cleared away");
    }
}

/// An error with its cause, on one line.
struct Chain<'a>(&'a AppError);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        self.0.cause.as_ref().map_or(Ok(()), |cause| write!(f, ": {cause}"))
    }
}
