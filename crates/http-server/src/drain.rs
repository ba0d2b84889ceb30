//! Counts the requests of a connection that are being answered, until hyper has all of the answer.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Instant,
};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use parking_lot::Mutex;
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

/// The count.
#[derive(Debug, Clone)]
pub struct InFlight {
    here: Arc<Here>,
    /// Those of all connections, for whoever waits for the last one.
    everywhere: TaskTracker,
    begun: Arc<AtomicBool>,
}

/// Requests of one connection.
#[derive(Debug)]
struct Here {
    count: AtomicUsize,
    /// End of the last request, or the start of the connection.
    ended: Mutex<Instant>,
}

/// One request that is being answered, until dropped.
pub struct Guard {
    here: Arc<Here>,
    _everywhere: TaskTrackerToken,
}

impl InFlight {
    /// The count of a new connection, beside that of all.
    pub fn new(everywhere: TaskTracker) -> Self {
        let here = Here { count: AtomicUsize::new(0), ended: Mutex::new(Instant::now()) };
        Self { here: Arc::new(here), everywhere, begun: Arc::default() }
    }

    /// Counts one more.
    pub fn enter(&self) -> Guard {
        self.begun.store(true, Ordering::Relaxed);
        self.here.count.fetch_add(1, Ordering::Relaxed);
        Guard { here: Arc::clone(&self.here), _everywhere: self.everywhere.token() }
    }

    /// Whether nothing is being answered.
    pub fn none(&self) -> bool {
        self.here.count.load(Ordering::Acquire) == 0
    }

    /// Returns the time since which no request is in flight, or `None` if one is.
    pub fn none_since(&self) -> Option<Instant> {
        self.none().then(|| *self.here.ended.lock())
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
        // Before the count, because a reader of a zero count relies on the time.
        *self.here.ended.lock() = Instant::now();
        self.here.count.fetch_sub(1, Ordering::Release);
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
