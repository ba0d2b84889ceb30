//! Asks for one thing at a fixed pace, whatever else happens, and notes how long each answer took.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use super::support::{http::Client, pause};

/// Connections that take turns, so that an answer may take as long as all their turns before it
/// holds up the pace.
const LANES: u32 = 8;

/// What is asked for, and how often.
pub struct Probe {
    name: &'static str,
    request: Vec<u8>,
    every: Duration,
}

/// What one probe saw.
#[derive(Default)]
pub struct Seen {
    pub name: &'static str,
    pub times: Vec<Duration>,
    /// Answers other than 200, and none at all.
    pub failures: u64,
}

impl Probe {
    pub const fn new(name: &'static str, request: Vec<u8>, milliseconds: u64) -> Self {
        Self { name, request, every: Duration::from_millis(milliseconds) }
    }

    /// Asks until the time is over.
    pub fn watch(&self, server: SocketAddr, end: Instant) -> Seen {
        let begun = Instant::now();
        thread::scope(|scope| {
            let lanes: Vec<_> =
                (0..LANES).map(|lane| scope.spawn(move || self.lane(server, begun + self.every * lane, end))).collect();
            let seen = lanes.into_iter().filter_map(|lane| lane.join().ok());
            seen.fold(Seen { name: self.name, ..Seen::default() }, Seen::and)
        })
    }

    fn lane(&self, server: SocketAddr, mut due: Instant, end: Instant) -> Seen {
        let mut client = Client::new(server);
        let mut seen = Seen::default();
        while due < end {
            let held_up = Instant::now() > due;
            pause(due.saturating_duration_since(Instant::now()));
            // One that the answer before it has held up counts from when it was due.
            let begun = if held_up { due } else { Instant::now() };
            match client.send(&self.request) {
                Ok(answer) if answer.status == 200 => {}
                Ok(_) | Err(_) => seen.failures += 1,
            }
            seen.times.push(begun.elapsed());
            due += self.every * LANES;
        }
        seen
    }
}

impl Seen {
    fn and(mut self, other: Self) -> Self {
        self.times.extend(other.times);
        self.failures += other.failures;
        self
    }
}
