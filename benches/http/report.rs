//! Prints the results, and whether the results meet their thresholds.

use std::time::Duration;

use super::{
    compare::{Rounds, Target, median_of, median_ratio},
    support::{
        numbers::{milliseconds, verdict},
        server::Outcome,
        usage,
    },
};

/// Prints the results for one endpoint: one line per server, and the ratio of Ballast to the baseline.
pub fn endpoint(name: &str, min_ratio: f64, rounds: &Rounds) {
    println!("\n{name} (median of {} rounds)", rounds.len());
    println!("{:<9}{:>12}{:>10}{:>10}{:>16}", "", "requests/s", "p50 ms", "p99 ms", "CPU us/request");
    for (target, label) in ["ballast", "baseline"].into_iter().enumerate() {
        let per_second = median_of(rounds, target, |measured| measured.run.per_second);
        let p50 = median_of(rounds, target, |measured| milliseconds(measured.run.p50));
        let p99 = median_of(rounds, target, |measured| milliseconds(measured.run.p99));
        let cost = median_of(rounds, target, |measured| milliseconds(measured.cost) * 1000.0);
        println!("{label:<9}{per_second:>12.0}{p50:>10.2}{p99:>10.2}{cost:>16.1}");
    }
    let ratio = median_ratio(rounds, |measured| measured.run.per_second);
    let cost_ratio = median_ratio(rounds, |measured| milliseconds(measured.cost));
    println!("ratio    {ratio:>12.2}{cost_ratio:>36.2}   minimum {min_ratio:.1}: {}", verdict(ratio >= min_ratio));
}

/// Prints the idle memory and the peak memory of both servers.
pub fn memory(targets: &[Target; 2]) -> Outcome<()> {
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
