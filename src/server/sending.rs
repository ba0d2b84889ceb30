//! Knows whether a connection still has bytes of an answer that its client has not taken.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Whether the last write has to wait for the client.
///
/// hyper is done with an answer's body as soon as it has copied the last of it; what lies in its
/// buffer then is known by nothing but the write that is waiting.
#[derive(Debug, Clone, Default)]
pub struct Sending(Arc<AtomicBool>);

impl Sending {
    /// Whether bytes wait to be taken.
    pub fn waits(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The stream whose writes are looked at.
    pub fn watch<S>(&self, stream: S) -> Watched<S> {
        Watched { stream, sending: self.clone() }
    }

    fn note<T>(&self, outcome: Poll<T>) -> Poll<T> {
        self.0.store(outcome.is_pending(), Ordering::Relaxed);
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
