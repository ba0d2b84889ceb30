//! Compares requests a second with a bare axum server that answers the same from the same database.
//!
//! `cargo bench --bench http -- [--rounds 5] [--seconds 5]`; needs `wrk` (`apt-get install wrk`).

#![expect(clippy::print_stdout, reason = "the report of a bench")]
#![expect(dead_code, reason = "of what benches share, each uses a part")]

#[path = "../support/mod.rs"]
mod support;

mod duel;
mod report;
mod twin;
mod wrk;

use std::{fs, time::Duration};

use support::{
    account, numbers, pause,
    server::{self, Outcome, Server},
    usage,
};

/// How long a process rests before its idle memory is read.
const REST: Duration = Duration::from_secs(2);

fn main() -> Outcome<()> {
    match std::env::args().skip_while(|argument| argument != twin::ARGUMENT).nth(1) {
        Some(database) => twin::serve(&database),
        None => compare(),
    }
}

fn compare() -> Outcome<()> {
    wrk::find()?;
    let folder = tempfile::tempdir()?;
    println!("load before: {}", usage::load());
    let first = Server::start(folder.path())?;
    let bearer = account::sign_in(first.address, "ada@example.org")?;
    first.stop()?;
    let ballast = Server::start(folder.path())?;
    let bare = twin::Twin::start(&server::database(folder.path()))?;
    pause(REST);
    let sides =
        [duel::Side::of("ballast", ballast.address, ballast.pid())?, duel::Side::of("twin", bare.address, bare.pid())?];
    let plan =
        duel::Plan { rounds: numbers::argument("--rounds", 5), seconds: numbers::argument("--seconds", 5), bearer };
    for (endpoint, bar) in duel::ENDPOINTS {
        report::endpoint(endpoint, bar, &duel::fight(&sides, endpoint, &plan)?);
    }
    report::memory(&sides)?;
    pause(REST);
    report::program(fs::metadata(server::program())?.len(), ballast.started_in, ballast.stop()?);
    println!("load after: {}", usage::load());
    Ok(())
}
