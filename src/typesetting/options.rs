//! Options of the pool of typesetting processes.

use std::{path::PathBuf, time::Duration};

/// Options of a pool: the command and the limits of its children.
#[derive(Clone, Debug)]
pub struct Options {
    /// Absolute path of the program, by default the path of this process's program.
    pub program: PathBuf,
    /// Arguments that select the typesetting process. The pool appends the memory limit.
    pub arguments: Vec<String>,
    /// Maximum number of children, at least 1. More children than cores slow each other down.
    pub workers: usize,
    /// Maximum time per document. The child is killed after it.
    pub deadline: Duration,
    /// Maximum address space per child in bytes. The child aborts if it needs more.
    pub memory_bytes: u64,
    /// Maximum number of documents per child. A new child then replaces it, which bounds memory leaks.
    pub max_jobs_per_worker: u32,
}
