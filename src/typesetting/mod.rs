//! Pool of typesetting processes. Typesetting runs in child processes, because a child can be killed. Typesetting in
//! the process of the service could not be interrupted.
//!
//! A document may make its child hang, crash or exhaust its memory. This affects only this child and the PDF of this
//! document. Children start on demand. Each child typesets one document at a time.

mod child;
mod options;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use typesetter::ipc::protocol;
use typesetter::{Rendered, Request, TypesetError};

use self::child::Child;
pub use self::options::Options;

/// Reason why a document has no PDF.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The typesetter rejected the document. The message is for the author of the document. A retry returns the same
    /// error.
    #[error(transparent)]
    Rejected(#[from] TypesetError),
    /// The document exceeded the deadline, and the child was killed.
    #[error("typesetting exceeded its deadline of {0:?}")]
    Deadline(Duration),
    /// The child ended during the typesetting, for example because a resource limit was exceeded.
    #[error("the typesetting process ended unexpectedly: {0}")]
    Crashed(String),
    /// No child could be started.
    #[error("the typesetting process could not be started: {0}")]
    Unavailable(String),
    /// The pool was shut down, because this process stops.
    #[error("the pool of typesetting processes was shut down")]
    ShutDown,
}

/// Pool of typesetting processes. Clones are cheap and share the children, which end with the last clone.
#[derive(Clone)]
pub struct Typesetter(Arc<Pool>);

struct Pool {
    options: Options,
    permits: Semaphore,
    // Uses a `std` mutex, because no code awaits while holding the lock.
    idle: Mutex<Vec<Child>>,
    closed: watch::Sender<bool>,
}

impl Typesetter {
    /// Creates a pool. Starts no child.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self(Arc::new(Pool {
            permits: Semaphore::new(options.workers.max(1)),
            idle: Mutex::default(),
            closed: watch::Sender::new(false),
            options,
        }))
    }

    /// Returns the maximum number of documents that are typeset at once.
    #[must_use]
    pub fn processes(&self) -> usize {
        self.0.options.workers.max(1)
    }

    /// Typesets one document. Documents are typeset in the order of the calls.
    ///
    /// Waits for a free child without a timeout. The deadline starts after the wait. If the future is dropped, the
    /// child of the document is killed.
    ///
    /// # Errors
    /// Returns an [`Error`] if the document has no PDF.
    pub async fn typeset(&self, request: Request) -> Result<Rendered, Error> {
        let frame = protocol::encode_request(&request)?;
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

    /// Kills all children. Every current and later document gets [`Error::ShutDown`].
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
            Ok(Ok(result)) => {
                self.put_back(child);
                result.map_err(Error::Rejected)
            }
            Ok(Err(_)) => Err(Error::Crashed(child.kill().await)),
            Err(_) => {
                child.kill().await;
                Err(Error::Deadline(deadline))
            }
        }
    }

    /// Takes an idle child whose process still runs, or returns `None`. Drops children that ended while idle. Returns
    /// no error, because no document was affected.
    fn take_idle(&self) -> Option<Child> {
        let mut idle = self.idle();
        while let Some(mut child) = idle.pop() {
            if child.is_running() {
                return Some(child);
            }
        }
        None
    }

    /// Keeps the child for the next document. Drops and thereby kills the child if the child has typeset its maximum
    /// number of documents, or if the pool is closed.
    fn put_back(&self, child: Child) {
        if child.jobs() < self.options.max_jobs_per_worker && !self.permits.is_closed() {
            self.idle().push(child);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Child>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Logs the result. The logged milliseconds include the wait for a free child.
fn log(result: &Result<Rendered, Error>, document_id: uuid::Uuid, started: Instant) {
    let ms = started.elapsed().as_millis();
    match result {
        Ok(rendered) => tracing::info!(
            %document_id,
            pages = rendered.pages,
            bytes = rendered.pdf.len(),
            conformance = rendered.conformance.name(),
            ms,
            "document typeset"
        ),
        // Logs the cause at debug level only, because the cause may quote the document.
        Err(Error::Rejected(error)) => {
            tracing::debug!(%document_id, cause = error.cause, "document rejected: {error}");
            tracing::info!(%document_id, code = error.code.as_str(), limit = error.limit, ms, "document rejected");
        }
        Err(error) => tracing::warn!(%document_id, ms, "typesetting failed: {error}"),
    }
}
