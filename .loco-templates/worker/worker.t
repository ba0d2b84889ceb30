{% set module = name | snake_case -%}
{% set type = module | pascal_case -%}
{% set words = module | replace(from="_", to=" ") -%}
to: "src/workers/{{ module }}.rs"
skip_exists: true
message: "Job `{{ module }}` generated. Enqueue it with `{{ module }}::enqueue(ctx)`."
injections:
- into: src/workers/mod.rs
  after_last: "^pub mod "
  content: "pub mod {{ module }};"
- into: src/workers/mod.rs
  before: "workers-inject"
  content: "    queue.register({{ module }}::{{ type }}::build(ctx)).await?;"
---
//! Background job `{{ module }}`.

use async_trait::async_trait;
use loco_rs::{Result, app::AppContext, bgworker::BackgroundWorker};
use serde::{Deserialize, Serialize};
use tracing::Instrument;
use uuid::Uuid;

use super::{Chain, wait_for_queue};
use crate::{
    errors::AppResult,
    telemetry::request_id::{self, REQUEST_ID, RequestId, job_span},
};

/// Maximum number of attempts of one job. A retry has no delay. If the job must survive a longer outage, store the job
/// in a database row with a lease, as typesettings do.
pub const MAX_ATTEMPTS: u32 = 3;

/// Background job `{{ module }}`.
pub struct {{ type }} {
    ctx: AppContext,
}

/// Arguments in the queue: job ID, ID of the request that enqueued the job, and attempt number (1 for the first).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Args {
    pub job: Uuid,
    pub request_id: Uuid,
    pub attempt: u32,
}

impl Args {
    /// Creates the first attempt of a new job.
    #[must_use]
    pub fn new(request_id: Uuid) -> Self {
        Self { job: Uuid::now_v7(), request_id, attempt: 1 }
    }

    /// Returns the arguments of the next attempt. Returns `None` after the last attempt.
    #[must_use]
    pub fn next_attempt(&self) -> Option<Self> {
        (self.attempt < MAX_ATTEMPTS).then(|| Self { attempt: self.attempt + 1, ..self.clone() })
    }
}

#[async_trait]
impl BackgroundWorker<Args> for {{ type }} {
    fn build(ctx: &AppContext) -> Self {
        Self { ctx: ctx.clone() }
    }

    /// Always returns `Ok`, because `run_attempt` logs an error and enqueues the next attempt.
    async fn perform(&self, args: Args) -> Result<()> {
        let id = RequestId::from(args.request_id);
        let span = job_span(id, "{{ module }}", args.job);
        REQUEST_ID.scope(id, self.run_attempt(args)).instrument(span).await;
        Ok(())
    }
}

impl {{ type }} {
    async fn run_attempt(&self, args: Args) {
        let attempt = args.attempt;
        match (self.work().await, args.next_attempt()) {
            (Ok(()), _) => tracing::info!(event = "job", attempt, "{{ words }}: job finished"),
            (Err(error), Some(next)) => {
                tracing::warn!(error = %Chain(&error), attempt, "{{ words }}: attempt failed, retry enqueued");
                push(&self.ctx, next).await;
            }
            (Err(error), None) => {
                tracing::error!(error = %Chain(&error), attempt, "{{ words }}: job failed, no attempts left");
            }
        }
    }

    /// Checks the database connection. Replace the body with the work of the job, for example a call of a model.
    async fn work(&self) -> AppResult<()> {
        Ok(self.ctx.db.ping().await?)
    }
}

/// Enqueues the job with the ID of the current request, or with a new ID outside a request.
pub async fn enqueue(ctx: &AppContext) {
    let request_id = request_id::current().map_or_else(Uuid::now_v7, RequestId::uuid);
    push(ctx, Args::new(request_id)).await;
}

async fn push(ctx: &AppContext, args: Args) {
    wait_for_queue(ctx, {{ type }}::perform_later(ctx, args)).await;
}
