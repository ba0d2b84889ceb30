//! Resource usage of a process, read from `/proc`.

use std::{fs, io, time::Duration};

/// Duration of one tick in `/proc/PID/stat`. The kernel reports 100 ticks per second on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// Resident memory and peak memory of a process in MiB, and its number of threads.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    pub resident: u64,
    pub peak: u64,
    pub threads: u64,
}

/// Returns the current usage of a process.
pub fn usage(pid: u32) -> io::Result<Usage> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|line| line.split_whitespace().nth(1))
            .and_then(|word| word.parse::<u64>().ok())
            .unwrap_or_default()
    };
    Ok(Usage { resident: number("VmRSS") / 1024, peak: number("VmHWM") / 1024, threads: number("Threads") })
}

/// Resets the peak memory, so that the peak does not include the start of the process.
pub fn reset_peak(pid: u32) -> io::Result<()> {
    fs::write(format!("/proc/{pid}/clear_refs"), "5")
}

/// Returns the CPU time of a process since its start.
pub fn processor_time(pid: u32) -> io::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // Skips the process name in parentheses, because the name may contain spaces and parentheses.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u32 = after_name.split_whitespace().skip(11).take(2).filter_map(|word| word.parse::<u32>().ok()).sum();
    Ok(TICK * ticks)
}

/// Returns the load averages of the machine.
pub fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}
