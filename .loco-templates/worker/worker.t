{% set module = name | snake_case -%}
{% set type = module | pascal_case -%}
{% set words = module | replace(from="_", to=" ") -%}
to: "src/workers/{{ module }}.rs"
skip_exists: true
message: "The job `{{ module }}`: order it with `{{ module }}::order(ctx)`."
injections:
- into: src/workers/mod.rs
  after_last: "^pub mod "
  content: "pub mod {{ module }};"
- into: src/workers/mod.rs
  before: "workers-inject"
  content: "    queue.register({{ module }}::{{ type }}::build(ctx)).await?;"
---
//! A job of its own: {{ words }}.

use async_trait::async_trait;
use loco_rs::{Result, app::AppContext, bgworker::BackgroundWorker};
use serde::{Deserialize, Serialize};
use tracing::Instrument;
use uuid::Uuid;

use super::Chain;
use crate::{
    correlation::{self, REQUEST_ID, RequestId, job_span},
    errors::AppResult,
};

/// Attempts at one job, each as soon as a worker is free. What must outlive longer trouble has a row
/// with a lease, as a typesetting has.
pub const MAX_ATTEMPTS: u32 = 3;

/// The job.
pub struct {{ type }} {
    ctx: AppContext,
}

/// Which job, the request that ordered it, and which attempt this is, counted from 1.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Args {
    pub job: Uuid,
    pub request_id: Uuid,
    pub attempt: u32,
}

impl Args {
    /// A new job of this request.
    #[must_use]
    pub fn of(request_id: Uuid) -> Self {
        Self { job: Uuid::now_v7(), request_id, attempt: 1 }
    }

    /// The attempt after this one; none where this was the last.
    #[must_use]
    pub fn again(&self) -> Option<Self> {
        (self.attempt < MAX_ATTEMPTS).then(|| Self { attempt: self.attempt + 1, ..self.clone() })
    }
}

#[async_trait]
impl BackgroundWorker<Args> for {{ type }} {
    fn build(ctx: &AppContext) -> Self {
        Self { ctx: ctx.clone() }
    }

    /// Succeeds whatever becomes of the work: what fails is ordered again.
    async fn perform(&self, args: Args) -> Result<()> {
        let id = RequestId::from(args.request_id);
        let span = job_span(id, "{{ module }}", args.job);
        REQUEST_ID.scope(id, self.attempt(args)).instrument(span).await;
        Ok(())
    }
}

impl {{ type }} {
    async fn attempt(&self, args: Args) {
        let attempt = args.attempt;
        match (self.work().await, args.again()) {
            (Ok(()), _) => tracing::info!(event = "job", attempt, "{{ words }}: done"),
            (Err(error), Some(again)) => {
                tracing::warn!(error = %Chain(&error), attempt, "{{ words }}: failed and will be tried again");
                queue(&self.ctx, again).await;
            }
            (Err(error), None) => tracing::error!(error = %Chain(&error), attempt, "{{ words }}: failed for good"),
        }
    }

    /// Fetches its row and calls the model; until there is one, it asks whether the database is there.
    async fn work(&self) -> AppResult<()> {
        Ok(self.ctx.db.ping().await?)
    }
}

/// Orders the job, in the name of the request that runs.
pub async fn order(ctx: &AppContext) {
    let request = correlation::current().map_or_else(Uuid::now_v7, RequestId::uuid);
    queue(ctx, Args::of(request)).await;
}

async fn queue(ctx: &AppContext, args: Args) {
    if let Err(error) = {{ type }}::perform_later(ctx, args).await {
        tracing::error!(%error, "a job could not be queued");
    }
}
