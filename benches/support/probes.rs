//! Probes. Each probe has one request, sends this request at a fixed rate, and records the response times.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use super::{http::Client, pause};

/// Number of connections per probe. A probe has several connections, because a slow response must not delay the
/// following requests.
const CONNECTIONS: u32 = 8;

/// Probe: a request, and the interval at which the request is sent.
pub struct Probe {
    name: &'static str,
    request: Vec<u8>,
    interval: Duration,
}

/// Results of one probe.
#[derive(Default)]
pub struct Observations {
    pub name: &'static str,
    pub times: Vec<Duration>,
    /// Number of responses with a status other than 200, and of connection errors.
    pub failures: u64,
}

impl Probe {
    pub const fn new(name: &'static str, request: Vec<u8>, milliseconds: u64) -> Self {
        Self { name, request, interval: Duration::from_millis(milliseconds) }
    }

    /// Sends requests until `end`.
    pub fn run(&self, server: SocketAddr, end: Instant) -> Observations {
        let start = Instant::now();
        thread::scope(|scope| {
            let threads: Vec<_> = (0..CONNECTIONS)
                .map(|number| scope.spawn(move || self.send_all(server, start + self.interval * number, end)))
                .collect();
            let results = threads.into_iter().filter_map(|thread| thread.join().ok());
            results.fold(Observations { name: self.name, ..Observations::default() }, Observations::merge)
        })
    }

    fn send_all(&self, server: SocketAddr, mut due: Instant, end: Instant) -> Observations {
        let mut client = Client::new(server);
        let mut observations = Observations::default();
        while due < end {
            let late = Instant::now() > due;
            pause(due.saturating_duration_since(Instant::now()));
            // Measures a late request from its due time, because an earlier response has delayed the request.
            let start = if late { due } else { Instant::now() };
            match client.send(&self.request) {
                Ok(response) if response.status == 200 => {}
                Ok(_) | Err(_) => observations.failures += 1,
            }
            observations.times.push(start.elapsed());
            due += self.interval * CONNECTIONS;
        }
        observations
    }
}

impl Observations {
    fn merge(mut self, other: Self) -> Self {
        self.times.extend(other.times);
        self.failures += other.failures;
        self
    }
}
