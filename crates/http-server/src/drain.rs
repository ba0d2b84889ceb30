//! Tracks whether a connection has a running request or unsent response bytes.

use std::{
    io::{self, IoSlice},
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
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

use crate::linger::Exchange;

/// Counter of the running requests of one connection. A request runs until hyper has the whole response.
#[derive(Debug, Clone)]
pub struct InFlight {
    connection: Arc<Requests>,
    /// Tracker of the running requests of all connections. A shutdown waits until no request runs.
    all: TaskTracker,
    had_request: Arc<AtomicBool>,
}

/// Running requests of one connection.
#[derive(Debug)]
struct Requests {
    count: AtomicUsize,
    /// Time when the last request ended. Initially the start time of the connection.
    ended: Mutex<Instant>,
}

/// Counts one running request until the guard is dropped.
pub struct RequestGuard {
    requests: Arc<Requests>,
    _all: TaskTrackerToken,
}

impl InFlight {
    /// Creates the counter of a new connection. `all` tracks the running requests of all connections.
    pub fn new(all: TaskTracker) -> Self {
        let requests = Requests { count: AtomicUsize::new(0), ended: Mutex::new(Instant::now()) };
        Self { connection: Arc::new(requests), all, had_request: Arc::default() }
    }

    /// Counts one more running request.
    pub fn enter(&self) -> RequestGuard {
        self.had_request.store(true, Ordering::Relaxed);
        self.connection.count.fetch_add(1, Ordering::Relaxed);
        RequestGuard { requests: Arc::clone(&self.connection), _all: self.all.token() }
    }

    /// Returns the time when the last request ended, or `None` while a request runs. Before the first request, returns
    /// the start time of the connection.
    pub fn idle_since(&self) -> Option<Instant> {
        let is_idle = self.connection.count.load(Ordering::Acquire) == 0;
        is_idle.then(|| *self.connection.ended.lock())
    }

    /// Returns whether the connection has ever had a request.
    pub fn had_request(&self) -> bool {
        self.had_request.load(Ordering::Relaxed)
    }
}

impl RequestGuard {
    /// Returns a response body that counts the request as running until the body is dropped.
    pub fn track(self, body: Body) -> TrackedBody {
        TrackedBody { body, _guard: self }
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        // Stores the time before the count, because `idle_since` reads the time after it has read a count of zero.
        *self.requests.ended.lock() = Instant::now();
        self.requests.count.fetch_sub(1, Ordering::Release);
    }
}

/// Body of a response. The request runs until the body is dropped.
pub struct TrackedBody {
    body: Body,
    _guard: RequestGuard,
}

impl HttpBody for TrackedBody {
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

/// Records whether the last write to a connection is pending. A write is pending while the client reads too slowly.
///
/// hyper drops the body of a response as soon as hyper's buffer contains the rest of the body. Only a pending write
/// shows that the buffer contains unsent bytes.
#[derive(Debug, Clone)]
pub struct Writes(Arc<WriteState>);

#[derive(Debug)]
struct WriteState {
    is_pending: AtomicBool,
    /// Time when the client last received pending bytes. Initially the start time of the connection.
    taken: Mutex<Instant>,
}

impl Default for Writes {
    fn default() -> Self {
        Self(Arc::new(WriteState { is_pending: AtomicBool::new(false), taken: Mutex::new(Instant::now()) }))
    }
}

impl Writes {
    fn is_pending(&self) -> bool {
        self.0.is_pending.load(Ordering::Acquire)
    }

    /// Returns the time when the client last received pending bytes, or `None` while bytes are pending.
    pub fn taken_at(&self) -> Option<Instant> {
        (!self.is_pending()).then(|| *self.0.taken.lock())
    }

    /// Returns a stream that records in this value whether a write is pending. The stream also records in `exchange`
    /// that bytes were received or sent.
    pub fn monitor<S>(&self, stream: S, exchange: Exchange) -> MonitoredStream<S> {
        MonitoredStream { stream, writes: self.clone(), exchange }
    }

    fn record<T>(&self, written: Poll<T>) -> Poll<T> {
        let is_pending = written.is_pending();
        if self.is_pending() && !is_pending {
            *self.0.taken.lock() = Instant::now();
        }
        self.0.is_pending.store(is_pending, Ordering::Release);
        written
    }
}

/// Stream that records whether its last write is pending, and whether bytes were received or sent.
pub struct MonitoredStream<S> {
    stream: S,
    writes: Writes,
    exchange: Exchange,
}

impl<S> MonitoredStream<S> {
    /// Returns the stream without the monitoring.
    pub fn into_inner(self) -> S {
        self.stream
    }

    fn record<T>(&self, written: Poll<T>) -> Poll<T> {
        if written.is_ready() {
            self.exchange.send();
        }
        self.writes.record(written)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for MonitoredStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.exchange.receive();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for MonitoredStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.record(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.record(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
