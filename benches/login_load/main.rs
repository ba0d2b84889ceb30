//! Measures response times for other clients while attackers send many logins with wrong passwords.
//!
//! Usage: `cargo bench --bench login_load -- [--clients 64] [--seconds 30] [--retry-delay 0]`.
//! `--retry-delay` is the time that an attacker waits after a rejection, in milliseconds. With
//! `--retry-delay 0`, the attackers ignore `Retry-After`.

#![expect(clippy::print_stdout, reason = "the report of a bench")]
#![expect(dead_code, reason = "each bench uses only some support functions")]

#[path = "../support/mod.rs"]
mod support;

mod load;
mod report;

use std::{
    thread,
    time::{Duration, Instant},
};

use load::Attacker;

use support::{
    account,
    http::get,
    numbers::argument,
    pause,
    probes::{self, Probe},
    server::{Outcome, Server},
    usage,
};

/// Idle time before the bench reads the idle memory.
const IDLE_TIME: Duration = Duration::from_secs(2);
/// Maximum value of `--clients` and of `--seconds`.
const MAX: u64 = 1000;

fn main() -> Outcome<()> {
    let clients = argument("--clients", 64).min(MAX);
    let time = Duration::from_secs(argument("--seconds", 30).min(MAX));
    let retry_delay = Duration::from_millis(argument("--retry-delay", 0));
    let folder = tempfile::tempdir()?;
    println!("{clients} clients for {} s; load before: {}", time.as_secs(), usage::load());
    let server = Server::start(folder.path())?;
    let bearer = account::sign_in(server.address, "ada@example.org")?;
    load::register_accounts(server.address)?;
    pause(IDLE_TIME);
    let idle = usage::usage(server.pid())?;
    usage::reset_peak(server.pid())?;
    let probes = [
        Probe::new("health", get("/api/v1/health", ""), 10),
        Probe::new("live", get("/api/v1/health/live", ""), 10),
        Probe::new("me", get("/api/v1/auth/me", &format!("{bearer}\r\n")), 50),
    ];
    let attackers = (0..clients).map(|number| Attacker::new(server.address, number, retry_delay)).collect();
    let (outcomes, observations) = run(attackers, &probes, server.address, Instant::now() + time);
    let peak = usage::usage(server.pid())?;
    report::attacks(outcomes, time);
    report::probes(observations);
    report::memory(idle, peak);
    println!("load after: {}", usage::load());
    server.stop().map(|_| ())
}

/// Runs all attackers and probes concurrently until the end time. Each attacker and each probe has its own thread.
fn run(
    attackers: Vec<Attacker>,
    probes: &[Probe; 3],
    server: std::net::SocketAddr,
    end: Instant,
) -> (load::Outcomes, [probes::Observations; 3]) {
    thread::scope(|scope| {
        let attacks: Vec<_> = attackers.into_iter().map(|attacker| scope.spawn(move || attacker.attack(end))).collect();
        let running = probes.each_ref().map(|probe| scope.spawn(move || probe.run(server, end)));
        let observations = running.map(|thread| thread.join().unwrap_or_default());
        let outcomes = attacks.into_iter().filter_map(|attack| attack.join().ok());
        (outcomes.fold(load::Outcomes::default(), load::Outcomes::merge), observations)
    })
}
