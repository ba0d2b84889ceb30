//! Waits for the end of a typesetting.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Model;
use crate::{errors::AppResult, models::Database};

/// Maximum number of requests that wait at the same time in one process. A waiting request holds a connection.
const MAX_WAITS: usize = 256;
/// Interval between two queries for a typesetting that may run in another process.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Requests of this process that wait for the end of a typesetting. Clones share the requests.
#[derive(Debug, Clone)]
pub struct Waits {
    permits: Arc<Semaphore>,
    attempt_ended: Arc<Notify>,
}

impl Default for Waits {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(MAX_WAITS)), attempt_ended: Arc::default() }
    }
}

/// Wait of one request.
pub struct Wait {
    attempt_ended: Arc<Notify>,
    until: Instant,
    shutdown: CancellationToken,
    _permit: OwnedSemaphorePermit,
}

impl Waits {
    /// Begins a wait, which ends at `until` or when `shutdown` is cancelled. Returns `None` if `until` has passed or if
    /// too many requests already wait.
    #[must_use]
    pub fn begin(&self, until: Instant, shutdown: CancellationToken) -> Option<Wait> {
        if until <= Instant::now() {
            return None;
        }
        let permit = Arc::clone(&self.permits).try_acquire_owned().ok()?;
        Some(Wait { attempt_ended: Arc::clone(&self.attempt_ended), until, shutdown, _permit: permit })
    }

    /// Wakes all requests that wait, because an attempt of this process has ended.
    pub fn notify_attempt_ended(&self) {
        self.attempt_ended.notify_waiters();
    }
}

impl Model {
    /// Returns a typesetting of a document. With a `wait`, returns the typesetting when its status is `done` or
    /// `failed`, or when the wait ends.
    ///
    /// # Errors
    /// `not_found` if the document has no such typesetting, for example because the document was deleted meanwhile.
    pub async fn find_ended(db: &Database, document_id: i64, pid: Uuid, wait: Option<Wait>) -> AppResult<Self> {
        let Some(wait) = wait else { return Self::find_for(db, document_id, pid).await };
        loop {
            // Created before the query, because an attempt may end between the query and the wait.
            let ended = wait.attempt_ended.notified();
            let typesetting = Self::find_for(db, document_id, pid).await?;
            let now = Instant::now();
            if !typesetting.is_in_progress() || now >= wait.until {
                return Ok(typesetting);
            }
            let next = timeout_at(wait.until.min(now + POLL_INTERVAL), ended);
            if wait.shutdown.run_until_cancelled(next).await.is_none() {
                return Ok(typesetting);
            }
        }
    }

    /// Waits for the end of the newest typesetting of a document. Returns immediately without a `wait`.
    pub async fn wait_for_newest(db: &Database, document_id: i64, wait: Option<Wait>) -> AppResult<()> {
        if wait.is_some()
            && let Some(newest) = Self::newest(db, document_id).await?
        {
            Self::find_ended(db, document_id, newest.pid, wait).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_limited_and_end() {
        let (waits, shutdown) = (Waits::default(), CancellationToken::new());
        let begin = |seconds| waits.begin(Instant::now() + Duration::from_secs(seconds), shutdown.clone());
        assert!(begin(0).is_none());
        let mut running: Vec<Wait> = (0..MAX_WAITS).filter_map(|_| begin(60)).collect();
        assert_eq!(running.len(), MAX_WAITS);
        assert!(begin(60).is_none());
        running.pop();
        assert!(begin(60).is_some());
    }
}
