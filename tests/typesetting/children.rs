//! Finds a pool's children among the machine's processes.

use std::fs;
use std::time::Duration;

use ballast::typesetting::Options;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// The ids of the pool's living children.
pub(super) fn children(options: &Options) -> Vec<Pid> {
    let end = format!("typeset-worker\0{}\0", options.memory_bytes);
    let is_child = |id: &i32| {
        // A process that has ended and not been waited for has no command line.
        fs::read_to_string(format!("/proc/{id}/cmdline")).is_ok_and(|line| line.ends_with(&end))
    };
    let entries = fs::read_dir("/proc").expect("/proc").flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(is_child).filter_map(Pid::from_raw).collect()
}

/// The only one.
pub(super) fn child(options: &Options) -> Pid {
    let children = children(options);
    assert_eq!(children.len(), 1, "{children:?}");
    children[0]
}

/// Returns once all children are gone. A killed process needs a moment to end.
pub(super) async fn gone(options: &Options) {
    while !children(options).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Returns once this process has ended and only waits to be waited for: its first thread may be gone
/// before the others are, and only the kernel's own answer says that all are.
pub(super) async fn dead(child: Pid) {
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    while waitid(WaitId::Pid(child), look).is_ok_and(|ended| ended.is_none()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
