//! Counts the requests of a connection that are being answered, until hyper has all of the answer.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

/// The count.
#[derive(Debug, Clone)]
pub struct InFlight {
    here: Arc<AtomicUsize>,
    /// Those of all connections, for whoever waits for the last one.
    everywhere: TaskTracker,
    begun: Arc<AtomicBool>,
}

/// One request that is being answered, until dropped.
pub struct Guard {
    here: Arc<AtomicUsize>,
    _everywhere: TaskTrackerToken,
}

impl InFlight {
    /// The count of a new connection, beside that of all.
    pub fn new(everywhere: TaskTracker) -> Self {
        Self { here: Arc::default(), everywhere, begun: Arc::default() }
    }

    /// Counts one more.
    pub fn enter(&self) -> Guard {
        self.begun.store(true, Ordering::Relaxed);
        self.here.fetch_add(1, Ordering::Relaxed);
        Guard { here: Arc::clone(&self.here), _everywhere: self.everywhere.token() }
    }

    /// Whether nothing is being answered.
    pub fn none(&self) -> bool {
        self.here.load(Ordering::Relaxed) == 0
    }

    /// Whether the connection has had a request.
    pub fn begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }
}

impl Guard {
    /// The body that ends the request when it has been sent, or given up.
    pub fn hold(self, body: Body) -> Held {
        Held { body, _guard: self }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.here.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A body whose request counts as long as it lives.
pub struct Held {
    body: Body,
    _guard: Guard,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
