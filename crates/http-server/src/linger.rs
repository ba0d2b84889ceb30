//! Lingering close: discards the rest of a request after its response.
//!
//! Without the lingering close, a client that is still sending would lose the response, because the kernel resets a
//! connection that is closed with unread bytes.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::body::{Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy, sink},
    net::TcpStream,
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;

use crate::limits::LingerLimits;

/// Stream of a connection. hyper reads requests from this stream and writes responses to it.
pub type Stream = Pin<Box<TimeoutStream<TcpStream>>>;

/// Maximum size of a body that hyper drains by itself, in bytes. After draining, hyper keeps the connection open.
const DRAINED_BYTES: u64 = 8 * 1024;

/// Limits and permits of the lingering connections of one server.
#[derive(Debug)]
pub struct Lingering {
    limits: LingerLimits,
    permits: Semaphore,
}

impl Lingering {
    /// Creates `limits.connections` permits. Each lingering connection holds one permit.
    pub fn new(limits: LingerLimits) -> Self {
        Self { limits, permits: Semaphore::new(limits.connections) }
    }

    /// Closes the sending side, then discards received bytes until the client closes the connection or a limit is
    /// reached. If no permit is free, closes the connection immediately.
    ///
    /// After a stop, closes the connection within [`LingerLimits::pause`], so that clients do not delay the shutdown.
    pub async fn close(&self, mut stream: Stream, mut stopped: watch::Receiver<bool>) {
        let Ok(_permit) = self.permits.try_acquire() else { return };
        let _ = stream.shutdown().await;
        stream.as_mut().set_read_timeout_pinned(Some(self.limits.pause));
        let (mut rest, mut sink) = (stream.take(self.limits.bytes), sink());
        let stop = async {
            let _ = stopped.wait_for(|stopped| *stopped).await;
            sleep(self.limits.pause).await;
        };
        // Ignores errors, because the connection ends in all cases.
        tokio::select! {
            _ = timeout(self.limits.time, copy(&mut rest, &mut sink)) => {}
            () = stop => {}
        }
    }
}

/// Tracks whether the client may still be sending a request although the response was already sent.
#[derive(Debug, Clone, Default)]
pub struct Exchange(Arc<ExchangeState>);

#[derive(Debug, Default)]
struct ExchangeState {
    /// Whether bytes were received since the last complete request.
    received: AtomicBool,
    /// Whether bytes were sent since the last complete request.
    sent: AtomicBool,
}

impl Exchange {
    /// Records received bytes.
    pub fn receive(&self) {
        self.0.received.store(true, Ordering::Relaxed);
    }

    /// Records sent bytes.
    pub fn send(&self) {
        self.0.sent.store(true, Ordering::Relaxed);
    }

    /// Records that a request has arrived completely.
    fn complete(&self) {
        self.0.received.store(false, Ordering::Relaxed);
        self.0.sent.store(false, Ordering::Relaxed);
    }

    /// Returns whether a response was sent while the client may still be sending the request.
    pub fn is_rejected(&self) -> bool {
        self.is_incomplete() && self.0.sent.load(Ordering::Relaxed)
    }

    /// Returns whether the last request has arrived only in part.
    pub fn is_incomplete(&self) -> bool {
        self.0.received.load(Ordering::Relaxed)
    }

    /// Returns a request body that records its complete arrival in this value.
    pub fn track(&self, body: Incoming) -> RequestBody {
        // Records received bytes here, because a pipelined request may already be in hyper's buffer. The stream then
        // receives no further bytes for this request.
        self.receive();
        let body = RequestBody { body, exchange: self.clone() };
        body.record_end(false);
        body
    }
}

/// Body of a request. Records when the body has arrived completely.
pub struct RequestBody {
    body: Incoming,
    exchange: Exchange,
}

impl RequestBody {
    /// Returns whether hyper closes the connection if no handler reads the body.
    pub fn is_too_large_to_drain(&self) -> bool {
        self.body.size_hint().upper().is_none_or(|bytes| bytes > DRAINED_BYTES)
    }

    fn record_end(&self, ended: bool) {
        if ended || self.body.is_end_stream() {
            self.exchange.complete();
        }
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if polled.is_ready() {
            self.record_end(matches!(polled, Poll::Ready(None)));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
