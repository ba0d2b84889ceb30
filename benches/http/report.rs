//! Prints the results, and whether the results meet their thresholds.

use std::time::Duration;

use super::{
    compare::{BALLAST, LOGGED, Measured, Rounds, SERVERS, Target, median_ratio, values},
    scenarios::Scenario,
    support::{
        numbers::{median, milliseconds, verdict},
        server::Outcome,
        usage,
    },
};

/// Prints the results for one scenario: one line per server, and the ratios of Ballast to the other servers.
pub fn scenario(scenario: &Scenario, targets: &[Target; SERVERS], rounds: &Rounds) {
    println!("\n{} (median of {} rounds, minimum and maximum)", scenario.name, rounds.len());
    println!("{:<9}{:>10}{:>20}{:>10}{:>10}{:>16}", "", "requests/s", "", "p50 ms", "p99 ms", "CPU us/request");
    for (server, target) in targets.iter().enumerate() {
        line(target.name, server, rounds);
    }
    let per_second = |measured: &Measured| measured.run.per_second;
    let cost = |measured: &Measured| milliseconds(measured.cost);
    for (server, target) in targets.iter().enumerate().take(BALLAST) {
        let ratio = median_ratio(rounds, server, per_second);
        let cost = median_ratio(rounds, server, cost);
        println!("ratio to {:<7} requests/s {ratio:.2}, CPU per request {cost:.2}", target.name);
    }
    let ratio = median_ratio(rounds, LOGGED, per_second);
    println!(
        "minimum ratio to {}: {:.2}: {}",
        targets[LOGGED].name,
        scenario.min_ratio,
        verdict(ratio >= scenario.min_ratio)
    );
    if !scenario.remark.is_empty() {
        println!("{}", scenario.remark);
    }
    if scenario.probes_health {
        health(targets, rounds);
    }
}

fn line(name: &str, server: usize, rounds: &Rounds) {
    let of = |value: fn(&Measured) -> f64| values(rounds, server, value);
    let per_second = of(|measured| measured.run.per_second);
    let least = per_second.iter().copied().fold(f64::INFINITY, f64::min);
    let most = per_second.iter().copied().fold(0.0, f64::max);
    let spread = format!("({least:.0} to {most:.0})");
    let p50 = median(of(|measured| milliseconds(measured.run.p50)));
    let p99 = median(of(|measured| milliseconds(measured.run.p99)));
    let cost = median(of(|measured| milliseconds(measured.cost) * 1000.0));
    println!("{name:<9}{:>10.0}{spread:>20}{p50:>10.2}{p99:>10.2}{cost:>16.1}", median(per_second));
}

fn health(targets: &[Target; SERVERS], rounds: &Rounds) {
    for (server, target) in targets.iter().enumerate() {
        let p99 = median(values(rounds, server, |measured| milliseconds(measured.health_p99)));
        println!("health p99 of {} during this load: {p99:.1} ms", target.name);
    }
}

/// Prints the idle memory and the peak memory of all servers.
pub fn memory(targets: &[Target]) -> Outcome<()> {
    println!("\nmemory   {:>12}{:>10}{:>10}", "idle MiB", "peak MiB", "threads");
    for target in targets {
        let now = usage::usage(target.pid)?;
        println!("{:<9}{:>12}{:>10}{:>10}", target.name, target.idle.resident, now.peak, now.threads);
    }
    Ok(())
}

/// Prints the size of the program, and the durations of its start and its shutdown.
pub fn program(bytes: u64, start: Duration, stop: Duration) {
    println!(
        "\nprogram: {} MiB on disk; start to listening {:.0} ms; SIGTERM to exit {:.0} ms",
        bytes / 1024 / 1024,
        milliseconds(start),
        milliseconds(stop)
    );
}
