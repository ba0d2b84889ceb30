//! Shows what a storm of wrong passwords does to everybody else.
//!
//! `cargo bench --bench login_storm -- [--clients 64] [--seconds 30] [--rest 0]`; `--rest` is what
//! a client waits, in milliseconds, when it was refused: 0 is one that takes no notice.

#![expect(clippy::print_stdout, reason = "the report of a bench")]
#![expect(dead_code, reason = "of what benches share, each uses a part")]

#[path = "../support/mod.rs"]
mod support;

mod probes;
mod report;
mod storm;

use std::{
    thread,
    time::{Duration, Instant},
};

use probes::Probe;
use storm::Attacker;
use support::{
    account,
    http::get,
    numbers::argument,
    pause,
    server::{Outcome, Server},
    usage,
};

/// How long the program rests before its idle memory is read.
const REST: Duration = Duration::from_secs(2);
/// The most clients and seconds that can be asked for.
const MOST: u64 = 1000;

fn main() -> Outcome<()> {
    let clients = argument("--clients", 64).min(MOST);
    let time = Duration::from_secs(argument("--seconds", 30).min(MOST));
    let rest = Duration::from_millis(argument("--rest", 0));
    let folder = tempfile::tempdir()?;
    println!("{clients} clients for {} s; load before: {}", time.as_secs(), usage::load());
    let server = Server::start(folder.path())?;
    let bearer = account::sign_in(server.address, "ada@example.org")?;
    storm::open_accounts(server.address)?;
    pause(REST);
    let idle = usage::of(server.pid())?;
    usage::forget_peak(server.pid())?;
    let probes = [
        Probe::new("health", get("/api/v1/health", ""), 10),
        Probe::new("live", get("/api/v1/health/live", ""), 10),
        Probe::new("me", get("/api/v1/auth/me", &format!("{bearer}\r\n")), 50),
    ];
    let attackers = (0..clients).map(|number| Attacker::new(server.address, number, rest)).collect();
    let (attacks, seen) = run(attackers, &probes, server.address, Instant::now() + time);
    let peak = usage::of(server.pid())?;
    report::storm(attacks, time);
    report::others(seen);
    report::memory(idle, peak);
    println!("load after: {}", usage::load());
    server.stop().map(|_| ())
}

/// Everybody at once, each on a thread of their own, until the time is over.
fn run(
    attackers: Vec<Attacker>,
    probes: &[Probe; 3],
    server: std::net::SocketAddr,
    end: Instant,
) -> (storm::Tally, [probes::Seen; 3]) {
    thread::scope(|scope| {
        let attacks: Vec<_> = attackers.into_iter().map(|attacker| scope.spawn(move || attacker.attack(end))).collect();
        let watching = probes.each_ref().map(|probe| scope.spawn(move || probe.watch(server, end)));
        let seen = watching.map(|watching| watching.join().unwrap_or_default());
        let tallies = attacks.into_iter().filter_map(|attack| attack.join().ok());
        (tallies.fold(storm::Tally::default(), storm::Tally::and), seen)
    })
}
