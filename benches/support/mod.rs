//! What every bench stands on: the program, a client, accounts, and what a process takes.

pub mod account;
pub mod http;
pub mod numbers;
pub mod server;
pub mod usage;

use std::time::Duration;

/// Lets time pass.
#[expect(clippy::disallowed_methods, reason = "a bench serves nobody")]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
