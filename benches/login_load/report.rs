//! Prints the results, and whether the results meet their thresholds.

use std::time::Duration;

use super::{
    load::Outcomes,
    support::{
        numbers::{milliseconds, quantile, verdict},
        probes::Observations,
        usage::Usage,
    },
};

/// Maximum increase of memory during the attack, in MiB.
const MAX_GROWTH: u64 = 128;
/// Maximum response times of each probe, in milliseconds: 99th percentile and slowest response.
const THRESHOLDS: [(&str, u64, u64); 3] = [("health", 50, 250), ("live", 10, u64::MAX), ("me", 100, u64::MAX)];

/// Prints the results of the attackers.
pub fn attacks(mut outcomes: Outcomes, time: Duration) {
    println!("{:<10}{:>9}{:>9}{:>10}{:>10}", "logins", "responses", "/s", "p50 ms", "p99 ms");
    for (name, times) in [("verified", &mut outcomes.verified), ("rejected", &mut outcomes.rejected)] {
        let per_second =
            Duration::from_secs(1).div_duration_f64(time) * f64::from(u32::try_from(times.len()).unwrap_or(u32::MAX));
        let (p50, p99) = (milliseconds(quantile(times, 500)), milliseconds(quantile(times, 990)));
        println!("{name:<10}{:>9}{per_second:>9.0}{p50:>10.1}{p99:>10.1}", times.len());
    }
    println!("{:<10}{:>9}", "others", outcomes.others);
}

/// Prints the results of the probes.
pub fn probes(observations: [Observations; 3]) {
    println!("\n{:<10}{:>9}{:>9}{:>10}{:>10}{:>10}", "probe", "responses", "failures", "p50 ms", "p99 ms", "max ms");
    for mut probe in observations {
        let [p50, p99, max] = [500, 990, 1000].map(|of_thousand| quantile(&mut probe.times, of_thousand));
        let met = probe.failures == 0
            && THRESHOLDS.iter().filter(|threshold| threshold.0 == probe.name).all(|threshold| {
                p99 <= Duration::from_millis(threshold.1) && max <= Duration::from_millis(threshold.2)
            });
        let [p50, p99, max] = [p50, p99, max].map(milliseconds);
        println!(
            "{:<10}{:>9}{:>9}{p50:>10.2}{p99:>10.2}{max:>10.2}   {}",
            probe.name,
            probe.times.len(),
            probe.failures,
            verdict(met)
        );
    }
    println!("thresholds: {}", THRESHOLDS.map(threshold).join(", "));
}

fn threshold((name, p99, max): (&str, u64, u64)) -> String {
    if max == u64::MAX {
        format!("{name} p99 <= {p99} ms")
    } else {
        format!("{name} p99 <= {p99} ms and max <= {max} ms")
    }
}

/// Prints the idle memory of the program before the attack, and its peak memory during the attack.
pub fn memory(idle: Usage, after: Usage) {
    let met = verdict(after.peak <= idle.resident + MAX_GROWTH);
    println!("\nmemory: idle {} MiB, peak {} MiB (maximum: idle + {MAX_GROWTH})   {met}", idle.resident, after.peak);
    println!("threads: idle {}, after {}", idle.threads, after.threads);
}
