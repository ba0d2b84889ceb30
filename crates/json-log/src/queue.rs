//! Bounded queue of lines, and the thread that writes the lines.
//!
//! All queued lines are in one buffer, so that a line needs neither memory of its own nor a wake-up of the thread.

use std::{
    io::{self, Write},
    sync::Arc,
    thread,
    time::Duration,
};

use parking_lot::{Condvar, Mutex};
use tracing_subscriber::fmt::MakeWriter;

use crate::hooks::Hooks;

/// Maximum size of the queued lines in bytes. The log drops and counts further lines.
const QUEUE_BYTES: usize = 4 * 1024 * 1024;
/// Size in bytes above which the memory of a written buffer is released.
const KEPT_BYTES: usize = 64 * 1024;
/// Time for which the writer thread collects lines before the next batch.
const BATCH_DELAY: Duration = Duration::from_millis(2);
/// Maximum time that [`Lines::close`] waits for the writer thread.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Queue of lines. Clones share the queue.
#[derive(Clone)]
pub struct Lines(Arc<Queue>);

struct Queue {
    state: Mutex<State>,
    /// Signals lines or the close to the writer thread.
    wake: Condvar,
    /// Signals the end of the writer thread.
    ended: Condvar,
    capacity: usize,
}

#[derive(Default)]
struct State {
    /// Queued lines.
    lines: Vec<u8>,
    /// Number of lines that were dropped since the start.
    dropped: u64,
    is_closed: bool,
    has_ended: bool,
}

/// Starts the thread that writes the lines to `output`, which may block.
pub fn start(output: impl Write + Send + 'static, is_json: bool, hooks: Hooks) -> io::Result<Lines> {
    start_with_capacity(output, is_json, hooks, QUEUE_BYTES)
}

fn start_with_capacity(
    output: impl Write + Send + 'static,
    is_json: bool,
    hooks: Hooks,
    capacity: usize,
) -> io::Result<Lines> {
    let (state, wake, ended) = Default::default();
    let lines = Lines(Arc::new(Queue { state, wake, ended, capacity }));
    let mut writer = Writer { queue: lines.clone(), output, is_json, hooks, reported: 0 };
    thread::Builder::new().name("log-writer".to_owned()).spawn(move || writer.run())?;
    Ok(lines)
}

impl Lines {
    /// Returns the number of lines that were dropped since the start.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.state.lock().dropped
    }

    /// Closes the queue, and waits until the thread has written all lines, but at most [`CLOSE_TIMEOUT`].
    pub fn close(&self) {
        let mut state = self.0.state.lock();
        state.is_closed = true;
        self.0.wake.notify_one();
        self.0.ended.wait_while_for(&mut state, |state| !state.has_ended, CLOSE_TIMEOUT);
    }
}

impl Write for &Lines {
    /// Queues a whole line, or drops the line if the queue is full or closed.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut state = self.0.state.lock();
        if state.is_closed || state.lines.len() + line.len() > self.0.capacity {
            state.dropped += 1;
        } else {
            state.lines.extend_from_slice(line);
            // Does nothing while the thread writes or delays a batch.
            self.0.wake.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

/// The writer thread. Reports the number of dropped lines itself, because the queue is full while lines are dropped.
struct Writer<W> {
    queue: Lines,
    output: W,
    /// Whether secrets are already redacted in all fields.
    is_json: bool,
    hooks: Hooks,
    /// Number of dropped lines that were already reported.
    reported: u64,
}

impl<W: Write> Writer<W> {
    /// Writes batches of lines until the queue is closed and empty.
    fn run(&mut self) {
        let mut batch = Vec::new();
        while let Some(dropped) = self.take(&mut batch) {
            // Ignores errors, because the log has no other place for them.
            let _ = self.write(&batch, dropped);
            delay_batch();
        }
        self.queue.0.state.lock().has_ended = true;
        self.queue.0.ended.notify_all();
    }

    /// Waits for lines, and moves them to `batch`. Returns the number of dropped lines since the start, or `None` if the
    /// queue is closed and empty.
    fn take(&self, batch: &mut Vec<u8>) -> Option<u64> {
        batch.clear();
        batch.shrink_to(KEPT_BYTES);
        let mut state = self.queue.0.state.lock();
        self.queue.0.wake.wait_while(&mut state, |state| state.lines.is_empty() && !state.is_closed);
        std::mem::swap(&mut state.lines, batch);
        (!batch.is_empty()).then_some(state.dropped)
    }

    fn write(&mut self, batch: &[u8], dropped: u64) -> io::Result<()> {
        if self.is_json {
            self.output.write_all(batch)?;
        } else {
            let text = String::from_utf8_lossy(batch);
            self.output.write_all((self.hooks.redact)(&text).as_bytes())?;
        }
        self.report_dropped(dropped)?;
        self.output.flush()
    }

    fn report_dropped(&mut self, dropped: u64) -> io::Result<()> {
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
        self.reported = dropped;
        writeln!(self.output, "{line}")
    }
}

/// Waits for more lines, because each wake-up of the writer thread delays the request that logs a line.
#[expect(clippy::disallowed_methods, reason = "the writer thread serves no request")]
fn delay_batch() {
    thread::sleep(BATCH_DELAY);
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

    /// Output that waits for a permit before each batch. All writes succeed after the sender of permits is dropped.
    struct BlockedOutput(mpsc::Receiver<()>, mpsc::Sender<String>);

    impl Write for BlockedOutput {
        fn write(&mut self, batch: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            let _ = self.1.send(String::from_utf8_lossy(batch).into_owned());
            Ok(batch.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Logs `line` `times` times while the output is blocked, and once more afterwards. Returns the output.
    fn written(line: &str, times: usize, is_json: bool) -> String {
        let (permits, permit) = mpsc::channel();
        let (sink, written) = mpsc::channel();
        let lines = start_with_capacity(BlockedOutput(permit, sink), is_json, HOOKS, 64).unwrap();
        for _ in 0..times {
            (&lines).write_all(line.as_bytes()).unwrap();
        }
        drop(permits);
        lines.close();
        (&lines).write_all(line.as_bytes()).unwrap();
        written.try_iter().collect()
    }

    #[test]
    fn queue_drops_and_counts_lines_while_the_reader_is_blocked() {
        let lines = written("{}\n", 500, true);
        let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (reports, delivered): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line["event"] == "log_dropped");
        let delivered = delivered.len() as u64;
        let reported: u64 = reports.iter().filter_map(|line| line["dropped"].as_u64()).sum();
        assert!(reports.iter().all(|line| line["level"] == "WARN"), "{reports:?}");
        assert!((1..500).contains(&delivered), "{delivered}");
        assert_eq!(delivered + reported, 500, "{lines:?}");
    }

    #[test]
    fn writer_redacts_lines_that_are_not_json() {
        assert_eq!(written("a canary\n", 1, false), "a [redacted]\n");
    }

    #[test]
    fn closed_queue_drops_lines() {
        let lines = start(io::sink(), true, HOOKS).unwrap();
        lines.close();
        (&lines).write_all(b"{}\n").unwrap();
        assert_eq!(lines.dropped(), 1);
    }
}
