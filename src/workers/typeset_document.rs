//! Job that typesets a document.
//!
//! The scheduling is fair between users. A job may therefore typeset another document than the document that caused the
//! job. The number of jobs is at least the number of queued typesettings, so that every typesetting is run.

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
    models::typesettings::{self, RunOutcome, RunServices},
    services::Services,
    telemetry::request_id::{REQUEST_ID, RequestId, job_span},
};

/// Job that typesets a document.
pub struct TypesetDocument {
    ctx: AppContext,
    services: Arc<Services>,
    /// Permits for attempts, one per typesetting process. A job gets a permit before it claims a typesetting. Otherwise
    /// a claimed typesetting could wait for a process and delay the typesettings of other users.
    processes: Semaphore,
}

/// Arguments of the job: the typesetting. All other data is in the row of the typesetting.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Args {
    pub typesetting: Uuid,
}

#[async_trait]
impl BackgroundWorker<Args> for TypesetDocument {
    fn build(ctx: &AppContext) -> Self {
        let services = Services::of(ctx);
        let processes = Semaphore::new(services.typesetter.processes());
        Self { ctx: ctx.clone(), services, processes }
    }

    /// Succeeds even if the typesetting fails. The row is the source of truth, and the typesetting is requeued after
    /// its lease expires.
    async fn perform(&self, args: Args) -> Result<()> {
        let Ok(permit) = self.processes.acquire().await else { return Ok(()) };
        // Starts no typesetting during a shutdown. The typesetting is requeued later.
        if self.services.process.shutdown_requested().is_cancelled() {
            return Ok(());
        }
        let claimed = self.claim_next(args.typesetting).await;
        let Some(typesetting) = claimed else { return Ok(()) };
        self.attempt(typesetting).await;
        self.services.waits.notify_attempt_ended();
        drop(permit);
        // Searches for the next typesetting only after the attempt. While two typesettings of a user run, further jobs
        // of this user find nothing and end. The typesettings of these jobs therefore depend on this search.
        if let Some(next) = self.next().await {
            enqueue(&self.ctx, next).await;
        }
        Ok(())
    }
}

impl TypesetDocument {
    /// Claims the typesetting that [`typesettings::Model::next`] returns, or `own` if `next` returns `None`. Repeats
    /// the search if another worker was faster.
    async fn claim_next(&self, own: Uuid) -> Option<typesettings::Model> {
        let mut next = self.next().await.unwrap_or(own);
        loop {
            match typesettings::Model::claim(&self.services.db, next, clock::now()).await {
                Ok(Some(typesetting)) => return Some(typesetting),
                Ok(None) => tracing::debug!(typesetting = %next, "nothing to typeset: claimed or finished"),
                Err(error) => {
                    tracing::error!(error = %Chain(&error), "claiming a typesetting failed");
                    return None;
                }
            }
            next = self.next().await.filter(|other| *other != next)?;
        }
    }

    async fn next(&self) -> Option<Uuid> {
        let next = typesettings::Model::next(&self.services.db, clock::now()).await;
        next.inspect_err(|error| tracing::error!(error = %Chain(error), "finding queued typesettings failed")).ok()?
    }

    async fn attempt(&self, typesetting: typesettings::Model) {
        let id = RequestId::from(typesetting.request_id);
        let span = job_span(id, "typeset_document", typesetting.pid);
        let attempt = async {
            let started = Instant::now();
            let outcome = self.run(&typesetting).await;
            if let Some(traces) = &self.services.traces {
                traces.job("typeset_document", started.elapsed(), outcome.is_err());
            }
            let attempt = typesetting.attempts;
            match outcome {
                Ok(outcome) => tracing::info!(event = "typesetting", ?outcome, attempt, "typesetting finished"),
                Err(error) => {
                    tracing::error!(error = %Chain(&error), attempt, "a typesetting failed and is retried");
                }
            }
        };
        REQUEST_ID.scope(id, attempt).instrument(span).await;
    }

    async fn run(&self, typesetting: &typesettings::Model) -> AppResult<RunOutcome> {
        let services = RunServices {
            db: &self.services.db,
            storage: &self.ctx.storage,
            typesetter: &self.services.typesetter,
            quota: self.services.settings.storage.upload_quota_bytes,
            now: clock::now,
        };
        typesetting.run(&services).await
    }
}

/// Enqueues the job of a typesetting. If the queue fails, the typesetting is requeued later.
pub async fn enqueue(ctx: &AppContext, typesetting: Uuid) {
    wait_for_queue(ctx, TypesetDocument::perform_later(ctx, Args { typesetting })).await;
}

/// Requeues typesettings whose lease has expired.
pub async fn requeue_expired(ctx: &AppContext) {
    let expired = match typesettings::Model::requeue_expired(&Services::of(ctx).db, clock::now()).await {
        Ok(expired) => expired,
        Err(error) => return tracing::warn!(error = %Chain(&error), "finding expired typesettings failed"),
    };
    for typesetting in expired {
        let (id, attempts) = (typesetting.pid, typesetting.attempts);
        tracing::info!(
            request_id = %typesetting.request_id,
            typesetting = %id,
            attempts,
            "requeued expired typesetting job"
        );
        enqueue(ctx, id).await;
    }
}
