//! Bounded queue of lines, and the thread that writes the lines.
//!
//! All queued lines share one buffer. A line therefore needs no separate allocation. The thread wakes once per batch.

#[cfg(test)]
mod tests;

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
/// Time until the next attempt after a failed write.
const RETRY_DELAY: Duration = Duration::from_millis(500);
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
    let mut writer = Writer { queue: lines.clone(), output, is_json, hooks, reported: 0, ends_in_line: false };
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
        }
        // Does nothing while the thread writes or delays a batch.
        self.0.wake.notify_one();
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
    /// Whether the output ends with a part of a line, because a write has failed.
    ends_in_line: bool,
}

/// Closes the queue when the thread ends, also after a panic.
struct End(Lines);

impl Drop for End {
    fn drop(&mut self) {
        let mut state = self.0.0.state.lock();
        (state.is_closed, state.has_ended) = (true, true);
        self.0.0.ended.notify_all();
    }
}

impl<W: Write> Writer<W> {
    /// Writes batches of lines until the queue is closed and empty.
    fn run(&mut self) {
        let _end = End(self.queue.clone());
        let mut batch = Vec::new();
        while let Some(dropped) = self.take(&mut batch) {
            if self.write(&batch).and_then(|()| self.report_dropped(dropped)).is_ok() {
                delay(BATCH_DELAY);
                continue;
            }
            // The output may be full. The lines of the batch count as dropped.
            self.ends_in_line = true;
            let lost = batch.split(|byte| *byte == b'\n').count().saturating_sub(1);
            self.queue.0.state.lock().dropped += lost as u64;
            delay(RETRY_DELAY);
        }
    }

    /// Waits for lines or for dropped lines that were not reported, and moves the lines to `batch`. Returns the number of
    /// dropped lines since the start, or `None` if the queue is closed and has no lines.
    fn take(&self, batch: &mut Vec<u8>) -> Option<u64> {
        batch.clear();
        batch.shrink_to(KEPT_BYTES);
        let mut state = self.queue.0.state.lock();
        self.queue.0.wake.wait_while(&mut state, |state| {
            state.lines.is_empty() && state.dropped == self.reported && !state.is_closed
        });
        std::mem::swap(&mut state.lines, batch);
        // Reports no drops without lines after the close, because each later line is dropped.
        (!batch.is_empty() || !state.is_closed).then_some(state.dropped)
    }

    fn write(&mut self, batch: &[u8]) -> io::Result<()> {
        if self.ends_in_line {
            self.output.write_all(b"\n")?;
            self.ends_in_line = false;
        }
        if self.is_json {
            return self.output.write_all(batch);
        }
        let text = String::from_utf8_lossy(batch);
        self.output.write_all((self.hooks.redact)(&text).as_bytes())
    }

    /// Writes a line with the number of dropped lines if lines were dropped since the last report.
    fn report_dropped(&mut self, dropped: u64) -> io::Result<()> {
        if dropped != self.reported {
            let line = serde_json::json!({
                "timestamp": self.hooks.timestamp(),
                "level": "WARN",
                "target": module_path!(),
                "message": "log lines were dropped because the reader was too slow or a write failed",
                "event": "log_dropped",
                "dropped": dropped - self.reported,
            });
            self.output.write_all(format!("{line}\n").as_bytes())?;
            self.reported = dropped;
        }
        self.output.flush()
    }
}

/// Waits for more lines, because each wake-up of the writer thread delays the request that logs a line.
#[expect(clippy::disallowed_methods, reason = "the writer thread serves no request")]
fn delay(time: Duration) {
    thread::sleep(time);
}
