//! What a process has taken so far, as the kernel counts it.

use std::{fs, io, time::Duration};

/// Length of a tick in `/proc/PID/stat`: the kernel shows 100 a second on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// Memory in MiB, and threads.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    pub resident: u64,
    pub peak: u64,
    pub threads: u64,
}

/// The usage of a process now.
pub fn of(pid: u32) -> io::Result<Usage> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().nth(1))
            .and_then(|word| word.parse::<u64>().ok())
            .unwrap_or_default()
    };
    Ok(Usage { resident: number("VmRSS") / 1024, peak: number("VmHWM") / 1024, threads: number("Threads") })
}

/// Forgets the peak so far: what a start takes is not what a load takes.
pub fn forget_peak(pid: u32) -> io::Result<()> {
    fs::write(format!("/proc/{pid}/clear_refs"), "5")
}

/// The time that a process has spent on processors.
pub fn processor_time(pid: u32) -> io::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in brackets may itself have blanks and brackets.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u32 = after_name.split_whitespace().skip(11).take(2).filter_map(|word| word.parse::<u32>().ok()).sum();
    Ok(TICK * ticks)
}

/// The machine's load averages, for the head of a report.
pub fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}
