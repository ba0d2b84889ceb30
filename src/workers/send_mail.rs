//! Sends mails that were ordered.
//!
//! A mail server that says nothing holds whoever talks to it. So a process has one worker fewer for mails
//! than it has workers: whichever it is takes the mails that wait one after the other, and the jobs of those
//! that it has taken end at once.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use loco_rs::{Result, app::AppContext, bgworker::BackgroundWorker};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tracing::Instrument;
use uuid::Uuid;

use super::Chain;
use crate::{
    clock,
    errors::{AppError, AppResult},
    mailers::{Failure, Post, Writer},
    models::{
        Database,
        mails::{self, Caps, Draft, Letter, Ordered},
    },
    settings::Settings,
    telemetry::{
        request_id::{REQUEST_ID, RequestId, job_span},
        trace_export::Traces,
    },
};

/// Before typesettings, which take longer: whoever asked for a link waits for it.
const PRIORITY: i32 = 100;

/// Mails that a job sends before others have their turn; it is over sooner than a stop waits.
const RUN: usize = 10;

/// The job.
pub struct SendMail {
    ctx: AppContext,
    /// How many workers may send at once.
    lines: Semaphore,
}

/// Which order, and the request that gave it; everything else stands in its row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Args {
    pub mail: Uuid,
    pub request_id: Uuid,
}

impl From<Ordered> for Args {
    fn from(ordered: Ordered) -> Self {
        Self { mail: ordered.pid, request_id: ordered.request_id }
    }
}

impl From<Args> for Ordered {
    fn from(args: Args) -> Self {
        Self { pid: args.mail, request_id: args.request_id }
    }
}

/// How an attempt went.
#[derive(Debug)]
enum Outcome {
    Sent,
    /// Nobody has the address, there was nothing to tell them, or no mails leave here.
    Nothing,
    /// The mailbox has had as many as it may get.
    Capped,
    /// Another attempt follows.
    PutOff(String),
    /// For good.
    Failed(String),
}

#[async_trait]
impl BackgroundWorker<Args> for SendMail {
    fn build(ctx: &AppContext) -> Self {
        let workers = ctx.shared_store.get::<Arc<Settings>>().map_or(1, |settings| settings.queue.workers);
        Self { ctx: ctx.clone(), lines: Semaphore::new(workers.saturating_sub(1).max(1) as usize) }
    }

    /// Succeeds whatever becomes of the mails: their rows say so, and bring them back.
    async fn perform(&self, args: Args) -> Result<()> {
        let Ok(line) = self.lines.try_acquire() else { return Ok(()) };
        let taken = self.run(args.into()).await;
        drop(line);
        // The next mail is this one: jobs for it would follow each other until the database takes writes again.
        if taken.is_err() {
            return Ok(());
        }
        // Only now: a job that was turned away meanwhile relies on this look.
        if let Some(next) = self.next().await {
            wake(&self.ctx, next).await;
        }
        Ok(())
    }
}

impl SendMail {
    /// Sends this mail and those that wait, until a run of them is over or one has met with trouble: other
    /// jobs are to have their turn before the next trouble.
    ///
    /// # Errors
    /// If a mail could not be claimed. It stays queued and is offered again later.
    async fn run(&self, first: Ordered) -> AppResult<()> {
        let mut next = Some(first);
        for _ in 0..RUN {
            let Some(mail) = next else { break };
            let span = job_span(RequestId::from(mail.request_id), "send_mail", mail.pid);
            let well = REQUEST_ID.scope(mail.request_id.into(), self.attempt(mail.pid)).instrument(span).await?;
            next = if well { self.next().await } else { None };
        }
        Ok(())
    }

    async fn next(&self) -> Option<Ordered> {
        let next = mails::Model::next(&Database::of(&self.ctx)).await;
        next.inspect_err(|error| tracing::error!(error = %Chain(error), "mails could not be looked for")).ok()?
    }

    /// Sends one mail. Returns `false` if it met with trouble that others may meet, too.
    ///
    /// # Errors
    /// If the mail could not be claimed.
    async fn attempt(&self, pid: Uuid) -> AppResult<bool> {
        let mail = match mails::Model::claim(&Database::of(&self.ctx), pid, clock::now()).await {
            Ok(Some(mail)) => mail,
            Ok(None) => {
                tracing::debug!("nothing to send: taken, put off or finished");
                return Ok(true);
            }
            Err(error) => {
                tracing::error!(error = %Chain(&error), "a mail could not be taken");
                return Err(error);
            }
        };
        let begun = Instant::now();
        let settled = self.settle(&mail).await;
        let again = matches!(settled, Ok(Outcome::PutOff(_)) | Err(_));
        if let Some(traces) = self.ctx.shared_store.get::<Traces>() {
            let failed = again || matches!(settled, Ok(Outcome::Failed(_)));
            traces.job("send_mail", begun.elapsed(), failed);
        }
        log(&mail, settled);
        Ok(!again)
    }

    /// Tries, and writes down how it went.
    async fn settle(&self, mail: &mails::Model) -> AppResult<Outcome> {
        let db = &Database::of(&self.ctx);
        let outcome = self.send(mail).await?;
        match &outcome {
            Outcome::Sent => mail.sent(db, clock::now()).await?,
            Outcome::Nothing | Outcome::Capped => mail.dismiss(db, clock::now()).await?,
            Outcome::Failed(_) => mail.failed(db, clock::now()).await?,
            Outcome::PutOff(reason) => {
                if !mail.put_off(db, clock::now()).await? {
                    return Ok(Outcome::Failed(reason.clone()));
                }
            }
        }
        Ok(outcome)
    }

    async fn send(&self, mail: &mails::Model) -> AppResult<Outcome> {
        let (post, settings): (Arc<Post>, Arc<Settings>) = (self.part()?, self.part()?);
        if !post.is_open() {
            return Ok(Outcome::Nothing);
        }
        match mail.draft(&Database::of(&self.ctx), &Caps::from(&settings.rate_limits), clock::now()).await? {
            Draft::Letter(letter) => self.hand_over(&post, &letter).await,
            Draft::Nothing => Ok(Outcome::Nothing),
            Draft::Capped => Ok(Outcome::Capped),
        }
    }

    async fn hand_over(&self, post: &Post, letter: &Letter) -> AppResult<Outcome> {
        let writer: Arc<Writer> = self.part()?;
        let written = match writer.write(letter) {
            Ok(written) => written,
            Err(error) => return Ok(Outcome::Failed(Chain(&error).to_string())),
        };
        Ok(match post.send(&written).await {
            Ok(()) => Outcome::Sent,
            Err(Failure::Passing(reason)) => Outcome::PutOff(reason),
            Err(Failure::Lasting(reason)) => Outcome::Failed(reason),
        })
    }

    fn part<T: Clone + Send + Sync + 'static>(&self) -> AppResult<T> {
        self.ctx.shared_store.get::<T>().ok_or_else(|| AppError::internal("a part of the post is missing"))
    }
}

fn log(mail: &mails::Model, settled: AppResult<Outcome>) {
    let (kind, attempt) = (&mail.kind, mail.attempts);
    match settled {
        Ok(Outcome::Failed(reason)) => {
            tracing::error!(event = "mail_failed", kind, attempt, reason, "a mail cannot be sent");
        }
        Ok(Outcome::PutOff(reason)) => {
            tracing::warn!(event = "mail_put_off", kind, attempt, reason, "a mail will be tried again");
        }
        // Anybody can have these ordered, for addresses that nobody has.
        Ok(Outcome::Nothing) => tracing::debug!(event = "mail", kind, attempt, "nobody is told anything"),
        Ok(outcome) => tracing::info!(event = "mail", kind, attempt, ?outcome, "mail ended"),
        Err(error) => {
            tracing::error!(error = %Chain(&error), kind, attempt, "a mail failed and will be tried again");
        }
    }
}

/// Wakes a worker for a mail that was ordered. It is sent whatever becomes of the queue: where this
/// fails, it is offered again later.
pub async fn wake(ctx: &AppContext, ordered: Ordered) {
    if let Err(error) = SendMail::perform_later_with_priority(ctx, ordered.into(), Some(PRIORITY)).await {
        tracing::error!(%error, "a job could not be queued");
    }
}

/// Wakes a worker for mails whose time has come: one, who takes them all.
pub async fn offer_due(ctx: &AppContext) {
    let due = match mails::Model::sweep(&Database::of(ctx), clock::now()).await {
        Ok(due) => due,
        Err(error) => return tracing::warn!(error = %Chain(&error), "mails that wait could not be looked for"),
    };
    if let Some(mail) = due.first() {
        wake(ctx, Ordered { pid: mail.pid, request_id: mail.request_id }).await;
    }
}
