//! Prints what was measured, and whether it meets its bars.

use std::time::Duration;

use super::{
    duel::{Rounds, Side, middle, ratio},
    support::{
        numbers::{milliseconds, verdict},
        server::Outcome,
        usage,
    },
};

/// One endpoint: a line for each side, and the bar.
pub fn endpoint(name: &str, bar: f64, rounds: &Rounds) {
    println!("\n{name} (median of {} rounds)", rounds.len());
    println!("{:<9}{:>12}{:>10}{:>10}{:>16}", "", "requests/s", "p50 ms", "p99 ms", "CPU us/request");
    for (side, label) in ["ballast", "twin"].into_iter().enumerate() {
        let per_second = middle(rounds, side, |measured| measured.run.per_second);
        let p50 = middle(rounds, side, |measured| milliseconds(measured.run.p50));
        let p99 = middle(rounds, side, |measured| milliseconds(measured.run.p99));
        let cost = middle(rounds, side, |measured| milliseconds(measured.cost) * 1000.0);
        println!("{label:<9}{per_second:>12.0}{p50:>10.2}{p99:>10.2}{cost:>16.1}");
    }
    let share = ratio(rounds, |measured| measured.run.per_second);
    let cost = ratio(rounds, |measured| milliseconds(measured.cost));
    println!("ratio    {share:>12.2}{:>36.2}   bar {bar:.1}: {}", cost, verdict(share >= bar));
}

/// Resident memory before and under load.
pub fn memory(sides: &[Side; 2]) -> Outcome<()> {
    println!("\nmemory   {:>12}{:>10}{:>10}", "idle MiB", "peak MiB", "threads");
    for side in sides {
        let now = usage::of(side.pid)?;
        println!("{:<9}{:>12}{:>10}{:>10}", side.name, side.idle.resident, now.peak, now.threads);
    }
    Ok(())
}

/// What the program weighs and how it comes and goes.
pub fn program(bytes: u64, start: Duration, stop: Duration) {
    println!(
        "\nprogram: {} MiB on disk; start to listening {:.0} ms; SIGTERM to exit {:.0} ms",
        bytes / 1024 / 1024,
        milliseconds(start),
        milliseconds(stop)
    );
}
