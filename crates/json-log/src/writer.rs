//! Non-blocking writer for standard output. A log reader that stops reading therefore blocks no request.

use std::{
    fs::File,
    io,
    os::fd::{AsFd, OwnedFd},
    sync::OnceLock,
};

use parking_lot::Mutex;

use crate::{
    hooks::Hooks,
    queue::{self, Lines},
};

/// Log of this process.
static LOG: OnceLock<Log> = OnceLock::new();
/// Held while the log is opened, so that concurrent calls open one log.
static OPENING: Mutex<()> = Mutex::new(());

struct Log {
    lines: Lines,
    is_json: bool,
}

/// Opens the log of this process: a bounded queue in front of a private duplicate of standard output. Further calls
/// return the same queue.
///
/// Set `is_json` to `true` if the lines come from [`layer`](crate::layer), which redacts secrets in each field. If
/// `is_json` is `false`, the writer redacts secrets in each line.
///
/// # Errors
/// Returns an error if standard output cannot be duplicated, if the writer thread cannot be started, or if the log is
/// already open with another value of `is_json`.
pub fn open(is_json: bool, hooks: Hooks) -> io::Result<Lines> {
    let _opening = OPENING.lock();
    if let Some(log) = LOG.get() {
        let is_same = log.is_json == is_json;
        return is_same.then(|| log.lines.clone()).ok_or_else(|| io::Error::other("the log has another format"));
    }
    // The duplicate is closed on exec, because a child process could otherwise write lines, or keep the pipe
    // open after the end of this process.
    let stdout: OwnedFd = io::stdout().as_fd().try_clone_to_owned()?;
    let lines = queue::start(File::from(stdout), is_json, hooks)?;
    let _ = LOG.set(Log { lines: lines.clone(), is_json });
    Ok(lines)
}

/// Returns whether this process has opened its log.
#[must_use]
pub fn is_open() -> bool {
    LOG.get().is_some()
}

/// Returns the number of lines that were dropped since the log was opened.
#[must_use]
pub fn dropped_lines() -> u64 {
    LOG.get().map_or(0, |log| log.lines.dropped())
}

/// Writes all queued lines and closes the log. Lines that are logged later are dropped. Waits for the log reader for at
/// most one second.
pub fn flush() {
    if let Some(log) = LOG.get() {
        log.lines.close();
    }
}

/// Redirects standard output to the null device if the log lines are JSON.
///
/// The log keeps writing to its duplicate of standard output. Without the redirection, a `println!` in a
/// library would write a line that is not JSON.
///
/// # Errors
/// Returns an error if the null device cannot be opened.
pub fn reserve_stdout() -> io::Result<()> {
    if LOG.get().is_some_and(|log| log.is_json) {
        let null = File::options().write(true).open("/dev/null")?;
        rustix::stdio::dup2_stdout(null)?;
    }
    Ok(())
}
