//! Records a profile of a process with `perf`.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

use super::server::Outcome;

/// Samples per second and core. The number is not round, because timers with round intervals would distort the profile.
const FREQUENCY: &str = "997";

/// Runs `load` and records a profile of the process `pid` and of its children in the file `output`. The program must be
/// compiled with frame pointers.
pub fn record<T>(pid: u32, output: &Path, load: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let pids = [pid].into_iter().chain(children(pid)?).map(|pid| pid.to_string()).collect::<Vec<_>>().join(",");
    let mut perf = Command::new("perf")
        .args(["record", "--quiet", "--call-graph", "fp", "--freq", FREQUENCY, "--pid", &pids, "--output"])
        .arg(output)
        .stdout(Stdio::null())
        .spawn()?;
    let result = load();
    if perf.try_wait()?.is_some() {
        return Err("perf has ended early: check `sysctl kernel.perf_event_paranoid`".into());
    }
    kill_process(Pid::from_child(&perf), Signal::INT)?;
    perf.wait()?;
    result
}

/// Returns the process IDs of the direct children of a process.
fn children(pid: u32) -> Outcome<Vec<u32>> {
    let mut children = Vec::new();
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let list = std::fs::read_to_string(thread?.path().join("children")).unwrap_or_default();
        children.extend(list.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
    }
    Ok(children)
}
