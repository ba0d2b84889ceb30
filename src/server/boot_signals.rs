//! Signal handlers of the whole process, which are installed before any other work.
//!
//! Until the server or the worker handles SIGTERM and SIGINT, each signal ends the process. Without a handler, the
//! kernel discards signals to the first process of a container (`pid_namespaces(7)`).

use std::{
    io::{self, IsTerminal},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
};

use rustix::process::Signal;
use signal_hook::flag;

/// Whether SIGTERM and SIGINT end the process immediately.
static ENDS_PROCESS: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| Arc::new(AtomicBool::new(true)));

/// Installs the handlers.
///
/// # Errors
/// Returns an error if the kernel rejects a handler.
pub fn install() -> io::Result<()> {
    for signal in [Signal::TERM, Signal::INT].map(Signal::as_raw) {
        // Uses the exit code that a shell reports if a signal ends a process.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&ENDS_PROCESS))?;
    }
    // Without a handler, a write past `RLIMIT_FSIZE` would end the process instead of failing (setrlimit(2)).
    ignore(Signal::XFSZ)?;
    // In a terminal, SIGHUP ends the process, because a process without its terminal could only be stopped by its ID.
    if io::stdin().is_terminal() { Ok(()) } else { ignore(Signal::HUP) }
}

fn ignore(signal: Signal) -> io::Result<()> {
    flag::register(signal.as_raw(), Arc::default()).map(drop)
}

/// Records that the caller handles SIGTERM and SIGINT from now on.
pub(super) fn hand_over() {
    ENDS_PROCESS.store(false, Ordering::SeqCst);
}
