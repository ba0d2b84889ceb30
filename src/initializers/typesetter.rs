//! Builds the pool of typesetting processes. Limits the number of processes, so that the processes fit into the memory
//! of the container.

use std::{fs, path::PathBuf, time::Duration};

use async_trait::async_trait;
use loco_rs::{
    Result,
    app::{AppContext, Initializer},
};

use crate::{
    TYPESET_WORKER,
    services::Services,
    settings::Settings,
    typesetting::{Options, Typesetter},
};

/// Number of documents that a typesetting process typesets before the pool replaces the process.
const JOBS_PER_PROCESS: u32 = 500;
const MEBIBYTE: u64 = 1024 * 1024;
/// Memory that the server or worker process needs itself, in MiB. The typesetting processes get the remaining memory.
const OWN_MEBIBYTES: u64 = 256;
/// Files with the memory limit of the container in bytes, for version 2 and version 1 of control groups.
const LIMIT_FILES: [&str; 2] = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

/// Creates the pool. Starts no process.
///
/// # Errors
/// Returns an error if the path of this program is unknown.
pub fn open(settings: &Settings) -> Result<Typesetter> {
    let own = std::env::current_exe()?;
    let settings = &settings.typesetting;
    Ok(Typesetter::new(Options {
        program: if settings.program.is_empty() { own } else { PathBuf::from(&settings.program) },
        arguments: vec![TYPESET_WORKER.to_owned()],
        workers: fitting(settings.processes, settings.memory_mebibytes, container_mebibytes()),
        deadline: Duration::from_secs(settings.deadline_seconds),
        memory_bytes: settings.memory_mebibytes * MEBIBYTE,
        max_jobs_per_worker: JOBS_PER_PROCESS,
    }))
}

/// Returns how many of the `wanted` processes fit into the memory of the container, at least one. `each` is the memory
/// of one process in MiB, and `container` is the memory limit of the container in MiB.
fn fitting(wanted: usize, each: u64, container: Option<u64>) -> usize {
    let Some(container) = container else { return wanted };
    let fitting = container.saturating_sub(OWN_MEBIBYTES) / each;
    wanted.min(usize::try_from(fitting).unwrap_or(usize::MAX)).max(1)
}

/// Returns the memory limit of the container in MiB, or `None` if there is no limit.
fn container_mebibytes() -> Option<u64> {
    let limit = LIMIT_FILES.iter().find_map(|file| fs::read_to_string(file).ok())?;
    limit.trim().parse::<u64>().ok().map(|bytes| bytes / MEBIBYTE)
}

/// Logs a warning at boot if fewer typesetting processes fit into the container than the settings demand.
pub struct TypesetterMemoryWarning;

#[async_trait]
impl Initializer for TypesetterMemoryWarning {
    fn name(&self) -> String {
        "typesetter-memory".to_owned()
    }

    async fn before_run(&self, ctx: &AppContext) -> Result<()> {
        let services = Services::of(ctx);
        let (wanted, used) = (services.settings.typesetting.processes, services.typesetter.processes());
        if used < wanted && services.settings.queue.workers > 0 {
            tracing::warn!(
                "TYPESET_PROCESSES is {wanted}, but only {used} fit into the memory of the container: raise its \
                 memory limit or lower TYPESET_PROCESSES or TYPESET_MEMORY_MEBIBYTES"
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_of_processes_fits_into_the_memory_of_the_container() {
        let cases = [
            (1, Some(2048), 1),
            (2, Some(2048), 1),
            (2, Some(256 + 2 * 1536), 2),
            (4, Some(256 + 3 * 1536 + 1535), 3),
            (4, Some(100), 1),
            (4, None, 4),
        ];
        for (wanted, container, expected) in cases {
            assert_eq!(fitting(wanted, 1536, container), expected, "{wanted} in {container:?}");
        }
    }
}
