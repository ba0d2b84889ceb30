//! Attackers: clients that send wrong passwords as fast as possible. Each attacker has its own address.

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

/// Number of existing accounts that attackers try.
const ACCOUNTS: u64 = 16;

/// Attacking client.
pub struct Attacker {
    client: Client,
    request: Vec<u8>,
    retry_delay: Duration,
}

/// Responses of the server, by outcome.
#[derive(Default)]
pub struct Outcomes {
    /// Response times of logins whose password the server verified.
    pub verified: Vec<Duration>,
    /// Response times of logins that the server rejected.
    pub rejected: Vec<Duration>,
    /// Number of other responses and of connection errors.
    pub others: u64,
}

/// Registers the accounts that half of the attackers try.
pub fn register_accounts(server: SocketAddr) -> Outcome<()> {
    let mut client = Client::new(server);
    (0..ACCOUNTS).try_for_each(|number| account::register(&mut client, &account_email(number)))
}

fn account_email(number: u64) -> String {
    format!("known-{}@example.org", number % ACCOUNTS)
}

impl Attacker {
    pub fn new(server: SocketAddr, number: u64, retry_delay: Duration) -> Self {
        let email =
            if number.is_multiple_of(2) { account_email(number / 2) } else { format!("unknown-{number}@example.org") };
        let address = format!("X-Forwarded-For: 198.18.{}.{}\r\n", number / 256, number % 256);
        let body = json!({ "email": email, "password": "a wrong password, and long" }).to_string();
        Self { client: Client::new(server), request: post("/api/v1/auth/login", &address, &body), retry_delay }
    }

    /// Sends logins until `end`.
    pub fn attack(mut self, end: Instant) -> Outcomes {
        let mut outcomes = Outcomes::default();
        while Instant::now() < end {
            let start = Instant::now();
            match self.client.send(&self.request).map(|response| response.status) {
                Ok(401) => outcomes.verified.push(start.elapsed()),
                Ok(503) => {
                    outcomes.rejected.push(start.elapsed());
                    pause(self.retry_delay);
                }
                Ok(_) | Err(_) => outcomes.others += 1,
            }
        }
        outcomes
    }
}

impl Outcomes {
    /// Merges the outcomes of two attackers.
    pub fn merge(mut self, other: Self) -> Self {
        self.verified.extend(other.verified);
        self.rejected.extend(other.rejected);
        self.others += other.others;
        self
    }
}
