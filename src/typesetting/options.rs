//! Options of the pool of typesetting processes.

use std::{path::PathBuf, time::Duration};

/// Options of a pool: the command and the limits of its children.
#[derive(Clone, Debug)]
pub struct Options {
    /// Absolute path of the program of the children, usually the program of this process.
    pub program: PathBuf,
    /// Command-line arguments that start `program` as a typesetting process. The pool appends the memory limit.
    pub arguments: Vec<String>,
    /// Maximum number of child processes, at least 1. If there are more children than cores, the children slow each
    /// other down.
    pub workers: usize,
    /// Maximum time per document. A child that exceeds this time is killed.
    pub deadline: Duration,
    /// Maximum address space of a child, in bytes. A child that needs more address space aborts.
    pub memory_bytes: u64,
    /// Maximum number of documents per child. A new child then replaces the old child, so that memory leaks stay small.
    pub max_jobs_per_worker: u32,
}
