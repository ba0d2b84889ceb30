//! Where connections come in, until it is closed.

use std::{
    convert::Infallible,
    future::pending,
    io::{self, ErrorKind},
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::coop::unconstrained,
    time::{Instant, sleep},
};

/// How long accepting rests after it failed: with no file handles left it would fail again at once.
const REST: Duration = Duration::from_millis(50);
/// Connections that the kernel's queue holds at most, near enough.
const QUEUED: usize = 4096;
/// How often accepting that goes on failing is said again.
const SAID_AGAIN: Duration = Duration::from_mins(1);

/// A listener, and places for so many connections at once.
#[derive(Debug)]
pub struct Entrance {
    /// None once it is closed.
    listener: Option<TcpListener>,
    places: Arc<Semaphore>,
}

impl Entrance {
    /// For so many connections at once.
    pub fn new(listener: TcpListener, places: usize) -> Self {
        Self { listener: Some(listener), places: Arc::new(Semaphore::new(places)) }
    }

    /// Gives each connection that comes, with its place, to `take`, until `until` resolves.
    pub async fn open_until<T>(
        &self,
        until: impl Future<Output = T>,
        take: impl FnMut(TcpStream, OwnedSemaphorePermit),
    ) -> T {
        tokio::select! {
            // First those who are there already: nobody waits at the door when it is time.
            biased;
            never = self.accept_all(take) => match never {},
            // Under a flood they use up the task's share of its thread, without which no timer would be heard.
            done = unconstrained(until) => done,
        }
    }

    /// A failed accept is the next one's problem.
    async fn accept_all(&self, mut take: impl FnMut(TcpStream, OwnedSemaphorePermit)) -> Infallible {
        let mut said: Option<Instant> = None;
        let Some(listener) = &self.listener else { return pending().await };
        // A place first: those for whom there is none wait in the kernel's queue, where they cost nothing.
        while let Ok(place) = Arc::clone(&self.places).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, _)) => take(stream, place),
                Err(error) => {
                    if said.is_none_or(|said| said.elapsed() >= SAID_AGAIN) {
                        tracing::warn!(event = "accept_failed", %error, "a connection could not be accepted; said at most once a minute");
                        said = Some(Instant::now());
                    }
                    sleep(REST).await;
                }
            }
        }
        pending().await
    }

    /// Lets nobody else in. Who has connected already still comes: the kernel would reset them.
    pub fn close(&mut self, mut take: impl FnMut(TcpStream, OwnedSemaphorePermit)) {
        // The plain listener tells that its queue is empty; Tokio's may only want others to have their turn.
        let Some(listener) = self.listener.take().and_then(|listener| listener.into_std().ok()) else { return };
        for _ in 0..QUEUED {
            let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { break };
            match listener.accept().and_then(|(stream, _)| nonblocking(stream)) {
                Ok(stream) => take(stream, place),
                // That one has left.
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
                // Nobody is there, or there are no file handles left: then it would fail for ever.
                Err(_) => break,
            }
        }
    }
}

fn nonblocking(stream: std::net::TcpStream) -> io::Result<TcpStream> {
    stream.set_nonblocking(true)?;
    TcpStream::from_std(stream)
}
