//! Runs the typesetter in child processes, which can be killed where a layout cannot be stopped.
//!
//! A document that hangs, crashes or eats its child's memory costs that child and its own PDF,
//! nothing else. Children start when they are first needed and serve one document at a time.

mod child;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use typesetter::{Failure, Rendered, Request, wire};

use self::child::Child;

/// How children are started and what they may use.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program to run, as an absolute path: usually this one.
    pub program: PathBuf,
    /// What makes it a typesetting process; the memory limit is added as a last argument.
    pub arguments: Vec<String>,
    /// Children at once, at least 1. More than there are cores makes all of them slower.
    pub workers: usize,
    /// How long one document may take before its child is killed.
    pub deadline: Duration,
    /// Bytes of address space of one child; it aborts when it asks for more.
    pub memory_bytes: u64,
    /// Documents after which a child is replaced, which bounds any slow leak.
    pub max_jobs_per_worker: u32,
}

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The document was refused; its author may read why. Trying again gives the same answer.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// It took longer than this and was killed.
    #[error("typesetting took longer than {0:?}")]
    Deadline(Duration),
    /// The child died over it: out of memory, CPU seconds or stack, or killed from outside.
    #[error("the typesetting process died: {0}")]
    Crashed(String),
    /// No child could be started.
    #[error("no typesetting process: {0}")]
    Unavailable(String),
    /// The pool has been shut down: the process stops.
    #[error("no typesetting process: shut down")]
    ShutDown,
}

/// A pool of typesetting processes. Cheap to make and to clone; all clones share the children,
/// which end with the last of them.
#[derive(Clone)]
pub struct Typesetter(Arc<Pool>);

struct Pool {
    options: Options,
    permits: Semaphore,
    // A std mutex: nothing is awaited while it is held.
    idle: Mutex<Vec<Child>>,
    closed: watch::Sender<bool>,
}

impl Typesetter {
    /// A pool without any children yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self(Arc::new(Pool {
            permits: Semaphore::new(options.workers.max(1)),
            idle: Mutex::default(),
            closed: watch::Sender::new(false),
            options,
        }))
    }

    /// Typesets one document, after those that came before it.
    ///
    /// Waits without limit for a child to be free; the deadline counts from there. Dropping the
    /// future kills the child that works on it.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn typeset(&self, request: Request) -> Result<Rendered, Error> {
        let frame = wire::encode_request(&request)?;
        let document_id = request.document_id;
        drop(request);
        let mut closed = self.0.closed.subscribe();
        let started = Instant::now();
        let result = tokio::select! {
            result = self.0.run(&frame) => result,
            _ = closed.wait_for(|closed| *closed) => Err(Error::ShutDown),
        };
        log(&result, document_id, started);
        result
    }

    /// Kills all children and answers [`Error::ShutDown`] to every document, now and later.
    pub fn shutdown(&self) {
        self.0.permits.close();
        self.0.closed.send_replace(true);
        self.0.idle().clear();
    }
}

impl Pool {
    async fn run(&self, frame: &[u8]) -> Result<Rendered, Error> {
        let _permit = self.permits.acquire().await.map_err(|_| Error::ShutDown)?;
        let mut child = match self.take_idle() {
            Some(child) => child,
            None => Child::start(&self.options).await.map_err(Error::Unavailable)?,
        };
        let deadline = self.options.deadline;
        match timeout(deadline, child.exchange(frame)).await {
            Ok(Ok(answer)) => {
                self.put_back(child);
                answer.map_err(Error::Failure)
            }
            Ok(Err(_)) => Err(Error::Crashed(child.kill().await)),
            Err(_) => {
                child.kill().await;
                Err(Error::Deadline(deadline))
            }
        }
    }

    /// A child that is still alive: one that died in its sleep is nobody's failure.
    fn take_idle(&self) -> Option<Child> {
        let mut idle = self.idle();
        while let Some(mut child) = idle.pop() {
            if child.is_alive() {
                return Some(child);
            }
        }
        None
    }

    /// Keeps the child for the next document unless it has done its share. Dropping it kills it.
    fn put_back(&self, child: Child) {
        if child.jobs() < self.options.max_jobs_per_worker && !self.permits.is_closed() {
            self.idle().push(child);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Child>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds include the wait for a free child.
fn log(result: &Result<Rendered, Error>, document_id: uuid::Uuid, started: Instant) {
    let ms = started.elapsed().as_millis();
    match result {
        Ok(rendered) => tracing::info!(
            %document_id,
            pages = rendered.pages,
            bytes = rendered.pdf.len(),
            conformance = rendered.conformance.name(),
            ms,
            "typeset a document"
        ),
        // An author's mistake, and it may quote the document: details only when debugging.
        Err(Error::Failure(failure)) => {
            tracing::debug!(%document_id, cause = failure.cause, "refused: {failure}");
            tracing::info!(%document_id, code = failure.code.as_str(), limit = failure.limit, ms, "refused to typeset");
        }
        Err(error) => tracing::warn!(%document_id, ms, "could not typeset: {error}"),
    }
}
