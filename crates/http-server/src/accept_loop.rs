//! Accept loop: accepts connections, one per permit, until the listener is closed.

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

use crate::connection_table::{ConnectionTable, OpenConnection};

/// Delay after a failed accept. Without the delay, further accepts would fail immediately while no file
/// handles are free.
const RETRY_DELAY: Duration = Duration::from_millis(50);
/// Maximum number of connections that are accepted from the kernel's queue before the listener is closed.
const MAX_QUEUED: usize = 4096;
/// Minimum interval between two log messages of the same kind.
const LOG_INTERVAL: Duration = Duration::from_mins(1);
/// Interval between two searches for an idle connection while another connection waits for a permit.
const CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// Accept loop: a listener, permits for concurrent connections, and the table of open connections.
#[derive(Debug)]
pub struct Acceptor {
    /// Listener, or `None` after the listener was closed.
    listener: Option<TcpListener>,
    permits: Arc<Semaphore>,
    table: ConnectionTable,
    /// Accepted connection that waits for a permit, or `None`.
    waiting: Option<(TcpStream, IpAddr)>,
    accept_failed: LogThrottle,
    rejected: LogThrottle,
}

impl Acceptor {
    /// Creates an accept loop with at most `permits` concurrent connections.
    pub fn new(listener: TcpListener, permits: usize, table: ConnectionTable) -> Self {
        Self {
            listener: Some(listener),
            permits: Arc::new(Semaphore::new(permits)),
            table,
            waiting: None,
            accept_failed: LogThrottle::default(),
            rejected: LogThrottle::default(),
        }
    }

    /// Passes each accepted connection to `on_connection` until `until` resolves. Returns the output of `until`.
    pub async fn accept_until<T>(
        &mut self,
        until: impl Future<Output = T>,
        on_connection: impl FnMut(TcpStream, OpenConnection),
    ) -> T {
        tokio::select! {
            // Polls connections first, because the server must also serve connections that arrive before `until` is
            // ready.
            biased;
            never = self.accept_all(on_connection) => match never {},
            // Polls `until` without Tokio's cooperative budget, because many new connections would use up the budget,
            // and the timers in `until` would then never fire.
            done = unconstrained(until) => done,
        }
    }

    /// Accepts one connection at a time. Further connections wait in the kernel's queue.
    async fn accept_all(&mut self, mut on_connection: impl FnMut(TcpStream, OpenConnection)) -> Infallible {
        loop {
            if self.waiting.is_none() {
                self.waiting = self.accept().await;
            }
            if self.waiting.is_some() {
                let permit = self.permit().await;
                self.open_waiting(permit, &mut on_connection);
            }
        }
    }

    /// Accepts a connection. Returns `None` if accepting fails, or if the client is at its connection limit.
    async fn accept(&mut self) -> Option<(TcpStream, IpAddr)> {
        let Some(listener) = &self.listener else { return pending().await };
        match listener.accept().await {
            Ok((stream, peer)) => self.admitted(stream, peer.ip()),
            Err(error) => {
                if self.accept_failed.is_due() {
                    tracing::warn!(
                        event = "accept_failed",
                        %error,
                        "accepting a connection failed; logged at most once a minute"
                    );
                }
                sleep(RETRY_DELAY).await;
                None
            }
        }
    }

    /// Returns the connection. If the client is at its connection limit, closes the connection and returns `None`.
    fn admitted(&mut self, stream: TcpStream, address: IpAddr) -> Option<(TcpStream, IpAddr)> {
        if self.table.admits(address) {
            return Some((stream, address));
        }
        if self.rejected.is_due() {
            tracing::warn!(
                event = "connection_rejected",
                client_ip = %address.to_canonical(),
                "connection closed, because its address is at the limit; logged at most once a minute"
            );
        }
        None
    }

    /// Waits for a permit. While no permit is free, sends close requests to the longest-idle connections.
    async fn permit(&self) -> OwnedSemaphorePermit {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return permit;
        }
        loop {
            self.table.close_longest_idle();
            if let Ok(Ok(permit)) = timeout(CHECK_INTERVAL, Arc::clone(&self.permits).acquire_owned()).await {
                return permit;
            }
        }
    }

    fn open_waiting(
        &mut self,
        permit: OwnedSemaphorePermit,
        on_connection: &mut impl FnMut(TcpStream, OpenConnection),
    ) {
        if let Some((stream, address)) = self.waiting.take() {
            on_connection(stream, self.table.open(address, permit));
        }
    }

    /// Closes the listener. Accepts the connections in the kernel's queue first, because closing the listener would
    /// reset these connections.
    pub fn close(&mut self, mut on_connection: impl FnMut(TcpStream, OpenConnection)) {
        // Uses the standard listener, because its `accept` reports an empty queue as an error. Tokio's `accept` may be
        // pending although the queue is not empty, because Tokio also suspends a task to let other tasks run.
        let Some(listener) = self.listener.take().and_then(|listener| listener.into_std().ok()) else { return };
        if self.waiting.is_some() && self.permits.available_permits() == 0 {
            // Exceeds the limit by one connection, because no other process can accept the waiting connection any more.
            self.permits.add_permits(1);
        }
        for _ in 0..MAX_QUEUED {
            let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else { break };
            if self.waiting.is_some() {
                self.open_waiting(permit, &mut on_connection);
                continue;
            }
            match listener.accept().and_then(|(stream, peer)| Ok((nonblocking(stream)?, peer))) {
                Ok((stream, peer)) => {
                    self.waiting = self.admitted(stream, peer.ip());
                    self.open_waiting(permit, &mut on_connection);
                }
                // Continues with the next connection, because the client has closed this connection before the accept.
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
                // The queue is empty, or no file handle is free. In both cases, further accepts would fail.
                Err(_) => break,
            }
        }
    }
}

/// Limits log messages of the same kind to one message per minute.
#[derive(Debug, Default)]
struct LogThrottle(Option<Instant>);

impl LogThrottle {
    /// Returns whether a message may be logged now. Records the time of the message if so.
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
