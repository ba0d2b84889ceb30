//! Compares the requests per second of Ballast and of a minimal axum server that uses the same database.
//!
//! Usage: `cargo bench --bench http -- [--rounds 5] [--seconds 5]`.
//! Requires `wrk` (`apt-get install wrk`).

#![expect(clippy::print_stdout, reason = "the report of a bench")]
#![expect(dead_code, reason = "each bench uses only some support functions")]

#[path = "../support/mod.rs"]
mod support;

mod baseline;
mod compare;
mod report;
mod wrk;

use std::{fs, time::Duration};

use compare::Target;
use support::{
    account, numbers, pause,
    server::{self, Outcome, Server},
    usage,
};

/// Idle time before the bench reads the idle memory, and before the bench stops Ballast.
const IDLE_TIME: Duration = Duration::from_secs(2);

fn main() -> Outcome<()> {
    match std::env::args().skip_while(|argument| argument != baseline::ARGUMENT).nth(1) {
        Some(database) => baseline::serve(&database),
        None => run(),
    }
}

fn run() -> Outcome<()> {
    wrk::find()?;
    let folder = tempfile::tempdir()?;
    println!("load before: {}", usage::load());
    let first = Server::start(folder.path())?;
    let bearer = account::sign_in(first.address, "ada@example.org")?;
    first.stop()?;
    let ballast = Server::start(folder.path())?;
    let bare = baseline::Baseline::start(&server::database(folder.path()))?;
    pause(IDLE_TIME);
    let targets =
        [Target::new("ballast", ballast.address, ballast.pid())?, Target::new("baseline", bare.address, bare.pid())?];
    let plan =
        compare::Plan { rounds: numbers::argument("--rounds", 5), seconds: numbers::argument("--seconds", 5), bearer };
    for (endpoint, min_ratio) in compare::ENDPOINTS {
        report::endpoint(endpoint, min_ratio, &compare::compare(&targets, endpoint, &plan)?);
    }
    report::memory(&targets)?;
    pause(IDLE_TIME);
    report::program(fs::metadata(server::program())?.len(), ballast.started_in, ballast.stop()?);
    println!("load after: {}", usage::load());
    Ok(())
}
