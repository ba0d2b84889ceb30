//! Clients that send wrong passwords as fast as they are answered, each from an address of its own.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::json;

use super::support::{
    account,
    http::{Client, post},
    pause,
    server::Outcome,
};

/// Accounts that the attackers know of.
const KNOWN: u64 = 16;

/// One client.
pub struct Attacker {
    client: Client,
    request: Vec<u8>,
    rest: Duration,
}

/// What clients were answered.
#[derive(Default)]
pub struct Tally {
    /// How long each verified password took.
    pub verified: Vec<Duration>,
    /// How long each refusal took.
    pub refused: Vec<Duration>,
    /// Answers that are neither, and connections that broke.
    pub others: u64,
}

/// Opens the accounts that half of the clients attack.
pub fn open_accounts(server: SocketAddr) -> Outcome<()> {
    let mut client = Client::new(server);
    (0..KNOWN).try_for_each(|number| account::register(&mut client, &known(number)))
}

fn known(number: u64) -> String {
    format!("known-{}@example.org", number % KNOWN)
}

impl Attacker {
    pub fn new(server: SocketAddr, number: u64, rest: Duration) -> Self {
        let email = if number.is_multiple_of(2) { known(number / 2) } else { format!("unknown-{number}@example.org") };
        let address = format!("X-Forwarded-For: 198.18.{}.{}\r\n", number / 256, number % 256);
        let body = json!({ "email": email, "password": "a wrong password, and long" }).to_string();
        Self { client: Client::new(server), request: post("/api/v1/auth/login", &address, &body), rest }
    }

    /// Tries until the time is over.
    pub fn attack(mut self, end: Instant) -> Tally {
        let mut tally = Tally::default();
        while Instant::now() < end {
            let begun = Instant::now();
            match self.client.send(&self.request).map(|answer| answer.status) {
                Ok(401) => tally.verified.push(begun.elapsed()),
                Ok(503) => {
                    tally.refused.push(begun.elapsed());
                    pause(self.rest);
                }
                Ok(_) | Err(_) => tally.others += 1,
            }
        }
        tally
    }
}

impl Tally {
    /// Both together.
    pub fn and(mut self, other: Self) -> Self {
        self.verified.extend(other.verified);
        self.refused.extend(other.refused);
        self.others += other.others;
        self
    }
}
