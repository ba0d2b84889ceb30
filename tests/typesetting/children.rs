//! Helpers that find the processes of a typesetter pool.

use std::fs;
use std::time::Duration;

use ballast::typesetting::Options;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// Returns the process IDs of the running processes of the pool.
pub(super) fn children(options: &Options) -> Vec<Pid> {
    let end = format!("typeset-worker\0{}\0", options.memory_bytes);
    let is_child = |id: &i32| {
        // Skips zombie processes, because a zombie process has no command line.
        fs::read_to_string(format!("/proc/{id}/cmdline")).is_ok_and(|line| line.ends_with(&end))
    };
    let entries = fs::read_dir("/proc").expect("/proc").flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(is_child).filter_map(Pid::from_raw).collect()
}

/// Returns the process ID of the pool's only process.
pub(super) fn child(options: &Options) -> Pid {
    let children = children(options);
    assert_eq!(children.len(), 1, "{children:?}");
    children[0]
}

/// Waits until all processes of the pool have ended, because a killed process ends only after some time.
pub(super) async fn wait_until_gone(options: &Options) {
    while !children(options).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until the process is a zombie.
///
/// Uses `waitid`, which reports the end of all threads. `/proc` shows a zombie when only the first thread has ended.
pub(super) async fn wait_until_zombie(child: Pid) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    while waitid(WaitId::Pid(child), options).is_ok_and(|ended| ended.is_none()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
