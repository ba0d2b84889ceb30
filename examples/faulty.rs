//! Application with fault injection, for tests that run it as a process. `X-Fault: panic` makes the handler of any
//! route panic. `CRASH_AT_MIGRATION=3` aborts the process in the third migration, before the migration is recorded.

use std::process::ExitCode;

use ballast::initializers::logging;
use loco_rs::cli;

#[path = "../tests/support/crashing_migrations.rs"]
mod crashing_migrations;
#[path = "../tests/support/faults.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "only some items of this test module are used")]
mod faults;

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = cli::main::<faults::FaultyApp, crashing_migrations::CrashingMigrator>().await;
    logging::flush();
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
