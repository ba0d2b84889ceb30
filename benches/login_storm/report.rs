//! Prints what was measured, and whether it meets its bars.

use std::time::Duration;

use super::{
    probes::Seen,
    storm::Tally,
    support::{
        numbers::{milliseconds, quantile, verdict},
        usage::Usage,
    },
};

/// MiB that a storm may add to what the idle program takes.
const GROWTH: u64 = 128;
/// For each probe, the most milliseconds for the 99th percentile and for the slowest.
const BARS: [(&str, u64, u64); 3] = [("health", 50, 250), ("live", 10, u64::MAX), ("me", 100, u64::MAX)];

/// What the storm itself got.
pub fn storm(mut tally: Tally, time: Duration) {
    println!("{:<10}{:>9}{:>9}{:>10}{:>10}", "logins", "answers", "/s", "p50 ms", "p99 ms");
    for (name, times) in [("verified", &mut tally.verified), ("refused", &mut tally.refused)] {
        let per_second =
            Duration::from_secs(1).div_duration_f64(time) * f64::from(u32::try_from(times.len()).unwrap_or(u32::MAX));
        let (p50, p99) = (milliseconds(quantile(times, 500)), milliseconds(quantile(times, 990)));
        println!("{name:<10}{:>9}{per_second:>9.0}{p50:>10.1}{p99:>10.1}", times.len());
    }
    println!("{:<10}{:>9}", "others", tally.others);
}

/// What everybody else got meanwhile.
pub fn others(seen: [Seen; 3]) {
    println!("\n{:<10}{:>9}{:>9}{:>10}{:>10}{:>10}", "probe", "answers", "failures", "p50 ms", "p99 ms", "max ms");
    for mut seen in seen {
        let [p50, p99, max] = [500, 990, 1000].map(|of_thousand| quantile(&mut seen.times, of_thousand));
        let met = seen.failures == 0
            && BARS
                .iter()
                .filter(|bar| bar.0 == seen.name)
                .all(|bar| p99 <= Duration::from_millis(bar.1) && max <= Duration::from_millis(bar.2));
        let [p50, p99, max] = [p50, p99, max].map(milliseconds);
        println!(
            "{:<10}{:>9}{:>9}{p50:>10.2}{p99:>10.2}{max:>10.2}   {}",
            seen.name,
            seen.times.len(),
            seen.failures,
            verdict(met)
        );
    }
    println!("bars: {}", BARS.map(bar).join(", "));
}

fn bar((name, p99, max): (&str, u64, u64)) -> String {
    if max == u64::MAX {
        format!("{name} p99 <= {p99} ms")
    } else {
        format!("{name} p99 <= {p99} ms and max <= {max} ms")
    }
}

/// What it took.
pub fn memory(idle: Usage, after: Usage) {
    let met = verdict(after.peak <= idle.resident + GROWTH);
    println!("\nmemory: idle {} MiB, peak {} MiB (bar: idle + {GROWTH})   {met}", idle.resident, after.peak);
    println!("threads: idle {}, after {}", idle.threads, after.threads);
}
