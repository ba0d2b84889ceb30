//! The application with a fault on demand behind every route, for tests that look at it from outside:
//! `X-Fault: panic` makes the handler panic.

use std::process::ExitCode;

use ballast::initializers::logging;
use loco_rs::cli;
use migration::Migrator;

#[path = "../tests/support/faults.rs"]
#[allow(dead_code, clippy::unwrap_used)]
mod faults;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = cli::main::<faults::FaultyApp, Migrator>().await;
    logging::flush();
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
