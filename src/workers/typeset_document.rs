//! Typesets a document that was ordered.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use loco_rs::{Result, app::AppContext, bgworker::BackgroundWorker};
use serde::{Deserialize, Serialize};
use tracing::Instrument;
use uuid::Uuid;

use super::Chain;
use crate::{
    clock,
    errors::{AppError, AppResult},
    models::{
        Database,
        typesettings::{self, Outcome, Tools},
    },
    settings::Settings,
    telemetry::{
        request_id::{REQUEST_ID, RequestId, job_span},
        trace_export::Traces,
    },
    typesetting::Typesetter,
};

/// The job.
pub struct TypesetDocument {
    ctx: AppContext,
}

/// Which order; everything else stands in its row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Args {
    pub typesetting: Uuid,
}

#[async_trait]
impl BackgroundWorker<Args> for TypesetDocument {
    fn build(ctx: &AppContext) -> Self {
        Self { ctx: ctx.clone() }
    }

    /// Succeeds whatever becomes of the order: its row says so, and its lease brings it back.
    async fn perform(&self, args: Args) -> Result<()> {
        match typesettings::Model::claim(&Database::of(&self.ctx), args.typesetting, clock::now()).await {
            Ok(Some(order)) => self.attempt(order).await,
            Ok(None) => tracing::debug!(typesetting = %args.typesetting, "nothing to typeset: taken or finished"),
            Err(error) => tracing::error!(error = %Chain(&error), "an order could not be taken"),
        }
        Ok(())
    }
}

impl TypesetDocument {
    async fn attempt(&self, order: typesettings::Model) {
        let id = RequestId::from(order.request_id);
        let span = job_span(id, "typeset_document", order.pid);
        let attempt = async {
            let begun = Instant::now();
            let ended = self.typeset(&order).await;
            if let Some(traces) = self.ctx.shared_store.get::<Traces>() {
                traces.job("typeset_document", begun.elapsed(), ended.is_err());
            }
            match ended {
                Ok(outcome) => {
                    tracing::info!(event = "typesetting", ?outcome, attempt = order.attempts, "typesetting ended");
                }
                Err(error) => {
                    tracing::error!(error = %Chain(&error), attempt = order.attempts, "a typesetting failed and will be tried again");
                }
            }
        };
        REQUEST_ID.scope(id, attempt).instrument(span).await;
    }

    async fn typeset(&self, order: &typesettings::Model) -> AppResult<Outcome> {
        let typesetter =
            self.ctx.shared_store.get::<Typesetter>().ok_or_else(|| AppError::internal("the typesetter is missing"))?;
        let settings: Arc<Settings> =
            self.ctx.shared_store.get().ok_or_else(|| AppError::internal("the settings are missing"))?;
        let tools = Tools {
            db: &Database::of(&self.ctx),
            storage: &self.ctx.storage,
            typesetter: &typesetter,
            quota: settings.storage.upload_quota_bytes,
            now: clock::now,
        };
        order.typeset(&tools).await
    }
}

/// Puts orders whose lease has run out back into the queue.
pub async fn offer_stale(ctx: &AppContext) {
    let stale = match typesettings::Model::sweep(&Database::of(ctx), clock::now()).await {
        Ok(stale) => stale,
        Err(error) => return tracing::warn!(error = %Chain(&error), "forgotten orders could not be looked for"),
    };
    for order in stale {
        tracing::info!(request_id = %order.request_id, typesetting = %order.pid, attempts = order.attempts, "offering a forgotten order again");
        if let Err(error) = TypesetDocument::perform_later(ctx, Args { typesetting: order.pid }).await {
            tracing::error!(%error, "a job could not be queued");
        }
    }
}
