//! Support for benches: the program, an HTTP client, profiles, probes, accounts and resource usage.

pub mod account;
pub mod http;
pub mod numbers;
pub mod perf;
pub mod probes;
pub mod server;
pub mod usage;

use std::time::Duration;

/// Blocks the current thread for `time`.
#[expect(clippy::disallowed_methods, reason = "a bench serves no requests")]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
