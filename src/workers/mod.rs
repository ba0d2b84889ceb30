//! Background jobs. A job fetches its row and calls the model.

pub mod send_mail;
pub mod typeset_document;

use std::time::Duration;

use loco_rs::{
    Error, Result,
    app::AppContext,
    bgworker::{BackgroundWorker, JobStatus, Queue},
    config::WorkerMode,
};
use tokio::time::timeout;

use crate::{
    clock,
    errors::AppError,
    models::{
        discarded_files,
        mails::{self, MailboxQuota},
        retention,
    },
    services::Services,
};

/// Maximum time to enqueue a job.
const ENQUEUE_TIMEOUT: Duration = Duration::from_secs(5);

/// Registers every job with the queue.
///
/// # Errors
/// Returns an error if the queue rejects a job.
pub async fn register(ctx: &AppContext, queue: &Queue) -> Result<()> {
    queue.register(typeset_document::TypesetDocument::build(ctx)).await?;
    queue.register(send_mail::SendMail::build(ctx)).await?;
    // workers-inject (do not remove)
    Ok(())
}

/// Waits until a job is enqueued. If this fails, logs an error. The wait has a timeout, because the request that
/// enqueues the job also waits, and the database of the queue may hang.
async fn wait_for_queue(ctx: &AppContext, enqueued: impl Future<Output = Result<String>>) {
    let outcome = match ctx.config.workers.mode {
        WorkerMode::BackgroundQueue => {
            timeout(ENQUEUE_TIMEOUT, enqueued).await.unwrap_or_else(|late| Err(Error::msg(late)))
        }
        // These modes have no queue. `ForegroundBlocking` runs the whole job, which may take longer than the timeout.
        WorkerMode::ForegroundBlocking | WorkerMode::BackgroundAsync => enqueued.await,
    };
    if let Err(error) = outcome {
        tracing::error!(%error, "enqueuing a job failed");
    }
}

/// Deletes discarded files that are due.
pub async fn delete_discarded_files(ctx: &AppContext) {
    if let Err(error) = discarded_files::delete_due(&Services::of(ctx).db, &ctx.storage, clock::now()).await {
        tracing::warn!(error = %Chain(&error), "deleting discarded files failed");
    }
}

/// Purges ended sessions, old security events, completed jobs, and finished e-mails that no longer count toward a
/// quota.
pub async fn purge_expired(ctx: &AppContext) {
    let services = Services::of(ctx);
    let (db, now) = (&services.db, clock::now());
    let quota = MailboxQuota::from(&services.settings.rate_limits);
    let purged = [
        ("sessions", retention::purge_sessions(db, now).await),
        ("security events", retention::purge_events(db, now).await),
        ("e-mails", mails::Model::purge_finished(db, quota.longest(), now).await),
    ];
    for (rows, result) in &purged {
        if let Err(error) = result {
            tracing::warn!(error = %Chain(error), "purging expired {rows} failed");
        }
    }
    let Some(queue) = &ctx.queue_provider else { return };
    if let Err(error) = queue.clear_by_status(vec![JobStatus::Completed]).await {
        tracing::warn!(%error, "purging completed jobs failed");
    }
}

/// Displays an error with its cause on one line.
struct Chain<'a>(&'a AppError);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        self.0.cause.as_ref().map_or(Ok(()), |cause| write!(f, ": {cause}"))
    }
}
