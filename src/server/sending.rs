//! Knows whether a connection still has bytes of an answer that its client has not taken.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Instant,
};

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Whether the last write has to wait for the client.
///
/// hyper is done with an answer's body as soon as it has copied the last of it; what lies in its
/// buffer then is known by nothing but the write that is waiting.
#[derive(Debug, Clone)]
pub struct Sending(Arc<State>);

#[derive(Debug)]
struct State {
    waits: AtomicBool,
    /// When the client last took bytes that had waited, or the start of the connection.
    taken: Mutex<Instant>,
}

impl Default for Sending {
    fn default() -> Self {
        Self(Arc::new(State { waits: AtomicBool::new(false), taken: Mutex::new(Instant::now()) }))
    }
}

impl Sending {
    /// Whether bytes wait to be taken.
    pub fn waits(&self) -> bool {
        self.0.waits.load(Ordering::Acquire)
    }

    /// Returns the time when the client last took bytes that had waited, or `None` if bytes wait.
    pub fn taken_at(&self) -> Option<Instant> {
        (!self.waits()).then(|| *self.0.taken.lock())
    }

    /// The stream whose writes are looked at.
    pub fn watch<S>(&self, stream: S) -> Watched<S> {
        Watched { stream, sending: self.clone() }
    }

    fn note<T>(&self, outcome: Poll<T>) -> Poll<T> {
        let waits = outcome.is_pending();
        if self.waits() && !waits {
            *self.0.taken.lock() = Instant::now();
        }
        self.0.waits.store(waits, Ordering::Release);
        outcome
    }
}

/// A stream that says how its last write went.
pub struct Watched<S> {
    stream: S,
    sending: Sending,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.sending.note(outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.sending.note(outcome)
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
