//! Non-blocking writer for standard output. A log reader that stops reading therefore blocks no request.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    os::fd::{AsFd, OwnedFd},
    sync::{Arc, OnceLock},
    time::Duration,
};

use parking_lot::Mutex;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

use crate::hooks::Hooks;

/// Maximum number of lines in the queue. The log drops and counts further lines.
const QUEUE_LINES: usize = 16_384;
/// Size of the write buffer in bytes. The writer thread writes the buffer when the buffer is full or the queue is
/// empty.
const BATCH_BYTES: usize = 64 * 1024;
/// Time for which the writer thread collects lines before the next batch.
const BATCH_DELAY: Duration = Duration::from_millis(2);

/// Guard of the writer thread. Dropping the guard blocks until the thread has written the queued lines, but for at most
/// 1.1 s.
static GUARD: OnceLock<Mutex<Option<WorkerGuard>>> = OnceLock::new();
/// Whether the log lines are JSON.
static IS_JSON: OnceLock<bool> = OnceLock::new();
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Opens the log of this process: a bounded queue in front of a private duplicate of standard output.
///
/// Set `is_json` to `true` if the lines come from [`layer`](crate::layer), which redacts secrets in each field. If
/// `is_json` is `false`, the writer redacts secrets in each line.
///
/// # Errors
/// Returns an error if standard output cannot be duplicated.
pub fn open(is_json: bool, hooks: Hooks) -> io::Result<NonBlocking> {
    // The duplicate is closed on exec, because a child process could otherwise write lines, or keep the pipe
    // open after the end of this process.
    let stdout: OwnedFd = io::stdout().as_fd().try_clone_to_owned()?;
    let output = BufWriter::with_capacity(BATCH_BYTES, File::from(stdout));
    let (lines, guard) = queue(output, QUEUE_LINES, is_json, hooks);
    let _ = DROPPED.set(lines.error_counter());
    if GUARD.set(Mutex::new(Some(guard))).is_ok() {
        let _ = IS_JSON.set(is_json);
    }
    Ok(lines)
}

/// Returns whether this process has opened its log.
#[must_use]
pub fn is_open() -> bool {
    GUARD.get().is_some()
}

/// Returns the number of lines that were dropped since the log was opened.
#[must_use]
pub fn dropped_lines() -> u64 {
    DROPPED.get().map_or(0, |counter| counter.dropped_lines() as u64)
}

/// Writes all queued lines and closes the log. Lines that are logged later are dropped.
pub fn flush() {
    if let Some(guard) = GUARD.get() {
        drop(guard.lock().take());
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
    if IS_JSON.get() != Some(&true) {
        return Ok(());
    }
    let null = File::options().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(null)?;
    Ok(())
}

/// Returns a queue of `capacity` lines in front of an output that may block.
fn queue(
    output: impl Write + Send + 'static,
    capacity: usize,
    is_json: bool,
    hooks: Hooks,
) -> (NonBlocking, WorkerGuard) {
    let dropped = Arc::default();
    let reporter = DropReporter { output, is_json, hooks, dropped: Arc::clone(&dropped), reported: 0, unchecked: 0 };
    let (queue, guard) = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(capacity).finish(reporter);
    let _ = dropped.set(queue.error_counter());
    (queue, guard)
}

/// Output of the writer thread: writes queued lines, and reports the number of dropped lines.
///
/// Reports from the writer thread bypass the queue, because the queue is full while lines are dropped.
struct DropReporter<W> {
    output: W,
    /// Whether secrets are already redacted in all fields.
    is_json: bool,
    hooks: Hooks,
    /// Counter of dropped lines. Set after the queue is created, because the queue owns the counter and this reporter.
    dropped: Arc<OnceLock<ErrorCounter>>,
    /// Number of dropped lines that were already reported.
    reported: usize,
    /// Number of lines written since the last check for dropped lines.
    unchecked: usize,
}

impl<W: Write> DropReporter<W> {
    fn report_dropped(&mut self) -> io::Result<()> {
        self.unchecked = 0;
        let dropped = self.dropped.get().map_or(0, ErrorCounter::dropped_lines);
        if dropped == self.reported {
            return Ok(());
        }
        let line = serde_json::json!({
            "timestamp": self.hooks.timestamp(),
            "level": "WARN",
            "target": module_path!(),
            "message": "log lines were dropped because the reader was too slow",
            "event": "log_dropped",
            "dropped": dropped - self.reported,
        });
        self.output.write_all(format!("{line}\n").as_bytes())?;
        self.reported = dropped;
        Ok(())
    }
}

impl<W: Write> Write for DropReporter<W> {
    /// Writes a whole line, so that lines do not mix.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.is_json {
            self.output.write_all(line)?;
        } else {
            let text = String::from_utf8_lossy(line);
            self.output.write_all((self.hooks.redact)(&text).as_bytes())?;
        }
        self.unchecked += 1;
        // Also checks for dropped lines here, because `flush` is never called if a slow reader keeps the queue
        // non-empty.
        if self.unchecked >= QUEUE_LINES {
            self.report_dropped()?;
        }
        Ok(line.len())
    }

    /// Writes the buffer. The queue calls `flush` when the queue is empty, and when the log is closed.
    fn flush(&mut self) -> io::Result<()> {
        self.report_dropped()?;
        self.output.flush()?;
        delay_batch();
        Ok(())
    }
}

/// Waits for more lines, because each wake-up of the writer thread delays the request that logs a line.
///
/// The queue is empty at this time. Only lines that arrive during the delay wait for the end of the delay.
#[expect(clippy::disallowed_methods, reason = "the writer thread serves no request")]
fn delay_batch() {
    std::thread::sleep(BATCH_DELAY);
}

#[cfg(test)]
mod tests {
    use std::{borrow::Cow, sync::mpsc};

    use chrono::DateTime;

    use super::*;

    fn redact(text: &str) -> Cow<'_, str> {
        text.replace("canary", "[redacted]").into()
    }

    const HOOKS: Hooks = Hooks { now: || DateTime::UNIX_EPOCH, request_id: || None, redact, span_target: "" };

    /// Output that waits for a permit before each line. All writes succeed after the sender of permits is dropped.
    struct BlockedOutput(mpsc::Receiver<()>, mpsc::Sender<String>);

    impl Write for BlockedOutput {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            let _ = self.1.send(String::from_utf8_lossy(line).into_owned());
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Logs `line` `times` times while the output is blocked. Returns all lines of the output.
    fn written(line: &str, times: usize, is_json: bool) -> Vec<String> {
        let (permits, permit) = mpsc::channel();
        let (sink, written) = mpsc::channel();
        let (mut lines, guard) = queue(BlockedOutput(permit, sink), 2, is_json, HOOKS);
        for _ in 0..times {
            lines.write_all(line.as_bytes()).unwrap();
        }
        drop(permits);
        drop(guard);
        written.try_iter().collect()
    }

    #[test]
    fn queue_drops_and_counts_lines_while_the_reader_is_blocked() {
        let lines = written("{}\n", 50, true);
        let lines: Vec<serde_json::Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (reports, delivered): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line["event"] == "log_dropped");
        let delivered = delivered.len() as u64;
        let reported: u64 = reports.iter().filter_map(|line| line["dropped"].as_u64()).sum();
        assert!(reports.iter().all(|line| line["level"] == "WARN"), "{reports:?}");
        assert!(delivered < 50);
        assert_eq!(delivered + reported, 50, "{lines:?}");
    }

    #[test]
    fn writer_redacts_lines_that_are_not_json() {
        assert_eq!(written("a canary\n", 1, false), ["a [redacted]\n"]);
    }
}
