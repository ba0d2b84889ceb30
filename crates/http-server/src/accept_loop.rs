//! Where connections come in, until it is closed.

use std::{
    convert::Infallible,
    future::pending,
    io::{self, ErrorKind},
    net::IpAddr,
    sync::Arc,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::coop::unconstrained,
    time::{Instant, sleep, timeout},
};

use super::table::{Seat, Table};

/// How long accepting rests after it failed: with no file handles left it would fail again at once.
const REST: Duration = Duration::from_millis(50);
/// Connections that the kernel's queue holds at most, near enough.
const QUEUED: usize = 4096;
/// Interval between two log messages of one kind.
const LOG_INTERVAL: Duration = Duration::from_mins(1);
/// Interval between two searches for a silent connection while a connection waits for a permit.
const CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// A listener, permits for the connections at once, and the table of those connections.
#[derive(Debug)]
pub struct Entrance {
    /// None once it is closed.
    listener: Option<TcpListener>,
    permits: Arc<Semaphore>,
    table: Table,
    /// The connection that has been accepted and waits for a permit.
    waiting: Option<(TcpStream, IpAddr)>,
    accept_failed: Throttle,
    rejected: Throttle,
}

impl Entrance {
    /// Creates an accept loop that holds up to `permits` connections at once.
    pub fn new(listener: TcpListener, permits: usize, table: Table) -> Self {
        Self {
            listener: Some(listener),
            permits: Arc::new(Semaphore::new(permits)),
            table,
            waiting: None,
            accept_failed: Throttle::default(),
            rejected: Throttle::default(),
        }
    }

    /// Passes each accepted connection to `take` until `until` resolves.
    pub async fn open_until<T>(&mut self, until: impl Future<Output = T>, take: impl FnMut(TcpStream, Seat)) -> T {
        tokio::select! {
            // First those who are there already: nobody waits at the door when it is time.
            biased;
            never = self.accept_all(take) => match never {},
            // Under a flood they use up the task's share of its thread, without which no timer would be heard.
            done = unconstrained(until) => done,
        }
    }

    /// Accepts one connection at a time. The others wait in the kernel's queue, where they cost nothing.
    async fn accept_all(&mut self, mut take: impl FnMut(TcpStream, Seat)) -> Infallible {
        loop {
            if self.waiting.is_none() {
                self.waiting = self.accept().await;
            }
            if self.waiting.is_some() {
                let permit = self.permit().await;
                self.seat_waiting(permit, &mut take);
            }
        }
    }

    /// Accepts a connection. Returns `None` if accepting failed or the client address is at its limit.
    async fn accept(&mut self) -> Option<(TcpStream, IpAddr)> {
        let Some(listener) = &self.listener else { return pending().await };
        match listener.accept().await {
            Ok((stream, peer)) => self.admitted(stream, peer.ip()),
            Err(error) => {
                if self.accept_failed.is_due() {
                    tracing::warn!(event = "accept_failed", %error, "a connection could not be accepted; said at most once a minute");
                }
                sleep(REST).await;
                None
            }
        }
    }

    /// Returns the connection, or closes it if its client address is at its limit.
    fn admitted(&mut self, stream: TcpStream, address: IpAddr) -> Option<(TcpStream, IpAddr)> {
        if self.table.admits(address) {
            return Some((stream, address));
        }
        if self.rejected.is_due() {
            tracing::warn!(event = "connection_rejected", client_ip = %address.to_canonical(), "connection closed, because its address is at the limit; logged at most once a minute");
        }
        None
    }

    /// Waits for a permit. While none is free, asks the longest-silent connection to close.
    async fn permit(&self) -> OwnedSemaphorePermit {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return permit;
        }
        loop {
            self.table.close_longest_silent();
            if let Ok(Ok(permit)) = timeout(CHECK_INTERVAL, Arc::clone(&self.permits).acquire_owned()).await {
                return permit;
            }
        }
    }

    fn seat_waiting(&mut self, permit: OwnedSemaphorePermit, take: &mut impl FnMut(TcpStream, Seat)) {
        if let Some((stream, address)) = self.waiting.take() {
            take(stream, self.table.seat(address, permit));
        }
    }

    /// Lets nobody else in. Who has connected already still comes: the kernel would reset them.
    pub fn close(&mut self, mut take: impl FnMut(TcpStream, Seat)) {
        // The plain listener tells that its queue is empty; Tokio's may only want others to have their turn.
        let Some(listener) = self.listener.take().and_then(|listener| listener.into_std().ok()) else { return };
        if self.waiting.is_some() && self.permits.available_permits() == 0 {
            // One more than the limit, because the kernel no longer holds this connection for another process.
            self.permits.add_permits(1);
        }
        for _ in 0..QUEUED {
            let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else { break };
            if self.waiting.is_some() {
                self.seat_waiting(permit, &mut take);
                continue;
            }
            match listener.accept().and_then(|(stream, peer)| Ok((nonblocking(stream)?, peer))) {
                Ok((stream, peer)) => {
                    self.waiting = self.admitted(stream, peer.ip());
                    self.seat_waiting(permit, &mut take);
                }
                // That one has left.
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
                // Nobody is there, or there are no file handles left: then it would fail for ever.
                Err(_) => break,
            }
        }
    }
}

/// Limits log messages of one kind to one per minute.
#[derive(Debug, Default)]
struct Throttle(Option<Instant>);

impl Throttle {
    /// Returns whether a message may be logged now, and counts it.
    fn is_due(&mut self) -> bool {
        let due = self.0.is_none_or(|logged| logged.elapsed() >= LOG_INTERVAL);
        if due {
            self.0 = Some(Instant::now());
        }
        due
    }
}

fn nonblocking(stream: std::net::TcpStream) -> io::Result<TcpStream> {
    stream.set_nonblocking(true)?;
    TcpStream::from_std(stream)
}
