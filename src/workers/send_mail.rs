//! Job that sends queued e-mails.
//!
//! A slow mail server blocks the worker that sends an e-mail. If a process has several workers, a semaphore therefore
//! keeps one worker available for other jobs. A job first sends the e-mail that caused the job, and then other queued
//! e-mails, one after the other. A job skips an e-mail that has already been sent.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use loco_rs::{Result, app::AppContext, bgworker::BackgroundWorker};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tracing::Instrument;
use uuid::Uuid;

use super::{Chain, wait_for_queue};
use crate::{
    clock,
    errors::AppResult,
    mailers::SendError,
    models::mails::{self, Delivery, EmailContent, MailboxQuota, QueuedMail},
    services::Services,
    telemetry::request_id::{REQUEST_ID, RequestId, job_span},
};

/// Priority of the job. This priority is above the priority of typesetting jobs, because a user waits for the link in
/// the e-mail, and typesetting jobs take longer.
const PRIORITY: i32 = 100;

/// Maximum number of e-mails that a job sends before other jobs run. A batch must end within the grace period of a
/// shutdown.
const BATCH: usize = 10;

/// Job that sends queued e-mails.
pub struct SendMail {
    ctx: AppContext,
    services: Arc<Services>,
    /// Permits for sending: one less than the number of workers, but at least one.
    senders: Semaphore,
}

/// Arguments of the job: the e-mail, and the request that caused the e-mail. All other data is in the row of the
/// e-mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Args {
    pub mail: Uuid,
    pub request_id: Uuid,
}

impl From<QueuedMail> for Args {
    fn from(queued: QueuedMail) -> Self {
        Self { mail: queued.pid, request_id: queued.request_id }
    }
}

impl From<Args> for QueuedMail {
    fn from(args: Args) -> Self {
        Self { pid: args.mail, request_id: args.request_id }
    }
}

/// Result of an attempt.
#[derive(Debug)]
enum SendOutcome {
    Sent,
    /// No user has the e-mail address, a newer e-mail replaces this e-mail, or e-mail is disabled.
    NoRecipient,
    OverQuota,
    /// The attempt failed with a temporary error. Another attempt follows.
    RetryLater(String),
    /// The attempt failed with a permanent error.
    Failed(String),
}

#[async_trait]
impl BackgroundWorker<Args> for SendMail {
    fn build(ctx: &AppContext) -> Self {
        let services = Services::of(ctx);
        let senders = Semaphore::new(services.settings.queue.workers.saturating_sub(1).max(1) as usize);
        Self { ctx: ctx.clone(), services, senders }
    }

    /// Succeeds even if an e-mail fails, because the row of the e-mail is the source of truth, and the e-mail is
    /// requeued.
    async fn perform(&self, args: Args) -> Result<()> {
        let Ok(permit) = self.senders.try_acquire() else { return Ok(()) };
        let sent = self.send_batch(args.into()).await;
        drop(permit);
        // Enqueues no further job after an error, because the next e-mail would be the e-mail that was not claimed.
        if sent.is_err() {
            return Ok(());
        }
        // Searches for the next e-mail after the release of the permit, because a job that gets no permit ends and
        // relies on this search.
        if let Some(next) = self.next().await {
            enqueue(&self.ctx, next).await;
        }
        Ok(())
    }
}

impl SendMail {
    /// Sends `first` and then further queued e-mails. Stops when the batch is complete, or after an error that may also
    /// affect other e-mails. After such an error, other jobs run before the next e-mail is sent.
    ///
    /// # Errors
    /// Returns an error if an e-mail could not be claimed. The e-mail stays queued and is requeued later.
    async fn send_batch(&self, first: QueuedMail) -> AppResult<()> {
        let mut next = Some(first);
        for _ in 0..BATCH {
            let Some(mail) = next else { break };
            let span = job_span(RequestId::from(mail.request_id), "send_mail", mail.pid);
            let succeeded = REQUEST_ID.scope(mail.request_id.into(), self.attempt(mail.pid)).instrument(span).await?;
            next = if succeeded { self.next().await } else { None };
        }
        Ok(())
    }

    async fn next(&self) -> Option<QueuedMail> {
        let next = mails::Model::next(&self.services.db).await;
        next.inspect_err(|error| tracing::error!(error = %Chain(error), "finding queued e-mails failed")).ok()?
    }

    /// Sends one e-mail. Returns `false` after an error that may also affect other e-mails.
    ///
    /// # Errors
    /// Returns an error if the e-mail could not be claimed.
    async fn attempt(&self, pid: Uuid) -> AppResult<bool> {
        let mail = match mails::Model::claim(&self.services.db, pid, clock::now()).await {
            Ok(Some(mail)) => mail,
            Ok(None) => {
                tracing::debug!("no e-mail to send: claimed, delayed or finished");
                return Ok(true);
            }
            Err(error) => {
                tracing::error!(error = %Chain(&error), "claiming an e-mail failed");
                return Err(error);
            }
        };
        let started = Instant::now();
        let outcome = self.finish_attempt(&mail).await;
        let retry = matches!(outcome, Ok(SendOutcome::RetryLater(_)) | Err(_));
        if let Some(traces) = &self.services.traces {
            let failed = retry || matches!(outcome, Ok(SendOutcome::Failed(_)));
            traces.job("send_mail", started.elapsed(), failed);
        }
        log(&mail, outcome);
        Ok(!retry)
    }

    /// Sends the e-mail and stores the result.
    async fn finish_attempt(&self, mail: &mails::Model) -> AppResult<SendOutcome> {
        let db = &self.services.db;
        let outcome = self.send(mail).await?;
        match &outcome {
            SendOutcome::Sent => mail.sent(db, clock::now()).await?,
            SendOutcome::NoRecipient | SendOutcome::OverQuota => mail.discard(db, clock::now()).await?,
            SendOutcome::Failed(_) => mail.failed(db, clock::now()).await?,
            SendOutcome::RetryLater(reason) => {
                if !mail.retry_later(db, clock::now()).await? {
                    return Ok(SendOutcome::Failed(reason.clone()));
                }
            }
        }
        Ok(outcome)
    }

    async fn send(&self, mail: &mails::Model) -> AppResult<SendOutcome> {
        if !self.services.mail.transport.is_enabled() {
            return Ok(SendOutcome::NoRecipient);
        }
        let quota = MailboxQuota::from(&self.services.settings.rate_limits);
        match mail.prepare(&self.services.db, &quota, clock::now()).await? {
            Delivery::Email(content) => Ok(self.deliver(&content).await),
            Delivery::NoRecipient => Ok(SendOutcome::NoRecipient),
            Delivery::OverQuota => Ok(SendOutcome::OverQuota),
        }
    }

    async fn deliver(&self, content: &EmailContent) -> SendOutcome {
        let mail = &self.services.mail;
        let rendered = match mail.renderer.render(content) {
            Ok(rendered) => rendered,
            Err(error) => return SendOutcome::Failed(Chain(&error).to_string()),
        };
        match mail.transport.send(&rendered).await {
            Ok(()) => SendOutcome::Sent,
            Err(SendError::Temporary(reason)) => SendOutcome::RetryLater(reason),
            Err(SendError::Permanent(reason)) => SendOutcome::Failed(reason),
        }
    }
}

fn log(mail: &mails::Model, outcome: AppResult<SendOutcome>) {
    let (kind, attempt) = (&mail.kind, mail.attempts);
    match outcome {
        Ok(SendOutcome::Failed(reason)) => {
            tracing::error!(event = "mail_failed", kind, attempt, reason, "sending an e-mail failed");
        }
        Ok(SendOutcome::RetryLater(reason)) => {
            tracing::warn!(
                event = "mail_retry_scheduled",
                kind,
                attempt,
                reason,
                "sending an e-mail failed and is retried"
            );
        }
        // Logs at debug level, because any client can cause e-mails to e-mail addresses without an account.
        Ok(SendOutcome::NoRecipient) => tracing::debug!(event = "mail", kind, attempt, "e-mail has no recipient"),
        Ok(outcome) => tracing::info!(event = "mail", kind, attempt, ?outcome, "e-mail finished"),
        Err(error) => {
            tracing::error!(error = %Chain(&error), kind, attempt, "attempt to send an e-mail failed and is retried");
        }
    }
}

/// Enqueues the job of a queued e-mail. If the queue fails, the e-mail is requeued later.
pub async fn enqueue(ctx: &AppContext, queued: QueuedMail) {
    wait_for_queue(ctx, SendMail::perform_later_with_priority(ctx, queued.into(), Some(PRIORITY))).await;
}

/// Requeues e-mails that are due. Enqueues only one job, because each job sends a batch and then enqueues the next job.
pub async fn requeue_due(ctx: &AppContext) {
    let due = match mails::Model::requeue_expired(&Services::of(ctx).db, clock::now()).await {
        Ok(due) => due,
        Err(error) => return tracing::warn!(error = %Chain(&error), "finding due e-mails failed"),
    };
    if let Some(mail) = due.first() {
        enqueue(ctx, QueuedMail { pid: mail.pid, request_id: mail.request_id }).await;
    }
}
