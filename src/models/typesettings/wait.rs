//! Waits for the end of a typesetting.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Model;
use crate::{errors::AppResult, models::Database};

/// Interval between two queries for a typesetting that may run in another process.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Notifies waiting requests of this process when an attempt of this process has ended. Clones share the waiting
/// requests.
#[derive(Debug, Clone, Default)]
pub struct AttemptEnds(Arc<Notify>);

impl AttemptEnds {
    /// Wakes all waiting requests.
    pub fn notify(&self) {
        self.0.notify_waiters();
    }
}

/// When a wait ends, besides the end of the typesetting.
pub struct Wait {
    pub ends: AttemptEnds,
    pub until: Instant,
    pub shutdown: CancellationToken,
}

impl Model {
    /// Returns a typesetting of a document when its status is `done` or `failed`, or when the wait ends.
    ///
    /// # Errors
    /// `not_found` if the document has no such typesetting, for example because the document was deleted meanwhile.
    pub async fn find_ended(db: &Database, document_id: i64, pid: Uuid, wait: Wait) -> AppResult<Self> {
        loop {
            // Created before the query, because an attempt may end between the query and the wait.
            let ended = wait.ends.0.notified();
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
}
