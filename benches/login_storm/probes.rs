//! Asks for one thing at a fixed pace, whatever else happens, and notes how long each answer took.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use super::support::{http::Client, pause};

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
        let mut client = Client::new(server);
        let mut seen = Seen { name: self.name, ..Seen::default() };
        let mut due = Instant::now();
        while due < end {
            let late = due.elapsed();
            pause(due.saturating_duration_since(Instant::now()));
            // A probe that the one before it has held up counts from when it was due.
            let begun = if late.is_zero() { Instant::now() } else { due };
            match client.send(&self.request) {
                Ok(answer) if answer.status == 200 => {}
                Ok(_) | Err(_) => seen.failures += 1,
            }
            seen.times.push(begun.elapsed());
            due += self.every;
        }
        seen
    }
}
