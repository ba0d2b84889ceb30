//! The application with a fault on demand, for tests that look at it from outside: `X-Fault: panic`
//! makes the handler of any route panic; `DIE_AT=3` ends the process without a farewell in the third
//! migration, once all that it changes is changed.

use std::process::ExitCode;

use ballast::initializers::logging;
use loco_rs::cli;

#[path = "../tests/support/dying.rs"]
mod dying;
#[path = "../tests/support/faults.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "a part of the tests, of which this needs a part")]
mod faults;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = cli::main::<faults::FaultyApp, dying::DyingMigrator>().await;
    logging::flush();
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
