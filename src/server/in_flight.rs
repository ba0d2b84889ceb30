//! Counts the requests of a connection that are being answered, until hyper has all of the answer.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};

/// The count.
#[derive(Debug, Clone, Default)]
pub struct InFlight(Arc<AtomicUsize>);

/// One request that is being answered, until dropped.
pub struct Guard(Arc<AtomicUsize>);

impl InFlight {
    /// Counts one more.
    pub fn enter(&self) -> Guard {
        self.0.fetch_add(1, Ordering::Relaxed);
        Guard(Arc::clone(&self.0))
    }

    /// Whether nothing is being answered.
    pub fn none(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
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
        self.0.fetch_sub(1, Ordering::Relaxed);
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
