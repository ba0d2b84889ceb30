//! Where lines go: to standard output through a bounded queue, so that a reader who stops reading
//! stops no request.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    os::fd::{AsFd, OwnedFd},
    sync::{Arc, OnceLock},
    time::Duration,
};

use parking_lot::Mutex;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

use crate::settings::redaction::redact;

/// Lines that may wait; those that come when all places are taken are counted and dropped.
const LINES: usize = 16_384;
/// Bytes that go out at once while lines wait; the queue flushes when none do.
const BATCH: usize = 64 * 1024;
/// How long lines gather before the next batch.
const GATHER: Duration = Duration::from_millis(2);

/// Ends the writing thread and waits for it, up to a second, when dropped.
static GUARD: OnceLock<Mutex<Option<WorkerGuard>>> = OnceLock::new();
static JSON: OnceLock<bool> = OnceLock::new();
/// Counts the lines for which there was no place.
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Makes the queue in front of a copy of standard output that is ours alone.
pub fn open(json: bool) -> io::Result<NonBlocking> {
    // Closed on exec: a child that held it could write lines of ours, and keep a reader waiting for
    // their end after this process has gone.
    let stdout: OwnedFd = io::stdout().as_fd().try_clone_to_owned()?;
    let (lines, guard) = queue(BufWriter::with_capacity(BATCH, File::from(stdout)), LINES, json);
    let _ = DROPPED.set(lines.error_counter());
    if GUARD.set(Mutex::new(Some(guard))).is_ok() {
        let _ = JSON.set(json);
    }
    Ok(lines)
}

/// Whether the log has been installed.
pub fn installed() -> bool {
    GUARD.get().is_some()
}

/// Lines that were dropped so far.
pub fn dropped() -> u64 {
    DROPPED.get().map_or(0, |counter| counter.dropped_lines() as u64)
}

/// Writes what waits; nothing is written after that.
pub fn flush() {
    if let Some(guard) = GUARD.get() {
        drop(guard.lock().take());
    }
}

/// In JSON, keeps everything but the log from standard output: a library's stray `println!` would
/// put a line there that no collector can read.
///
/// # Errors
/// When the null device cannot be opened.
pub fn claim_stdout() -> io::Result<()> {
    if JSON.get() != Some(&true) {
        return Ok(());
    }
    let null = File::options().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdout(null)?;
    Ok(())
}

/// A queue of so many lines in front of a writer that may block.
fn queue(to: impl Write + Send + 'static, lines: usize, json: bool) -> (NonBlocking, WorkerGuard) {
    let dropped = Arc::default();
    let counting = Counting { to, json, dropped: Arc::clone(&dropped), reported: 0, since: 0 };
    let (queue, guard) = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(lines).finish(counting);
    let _ = dropped.set(queue.error_counter());
    (queue, guard)
}

/// Says how many lines were dropped, from the thread that writes: there the line that says so needs
/// no place in the queue, which is full just then, and comes without waiting for another line.
struct Counting<W> {
    to: W,
    /// Whether secrets are redacted already, field by field, which no key or number is part of.
    json: bool,
    /// Set once the queue is made, which takes this value.
    dropped: Arc<OnceLock<ErrorCounter>>,
    reported: usize,
    /// Lines written since the last look.
    since: usize,
}

impl<W: Write> Counting<W> {
    fn report_gap(&mut self) -> io::Result<()> {
        self.since = 0;
        let dropped = self.dropped.get().map_or(0, ErrorCounter::dropped_lines);
        if dropped == self.reported {
            return Ok(());
        }
        let line = serde_json::json!({
            "timestamp": crate::clock::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
            "level": "WARN",
            "target": "ballast::log",
            "message": "lines were dropped because nobody read them in time",
            "event": "log_dropped",
            "dropped": dropped - self.reported,
        });
        self.to.write_all(format!("{line}\n").as_bytes())?;
        self.reported = dropped;
        Ok(())
    }
}

impl<W: Write> Write for Counting<W> {
    /// Takes a whole line, so that no other gets into the middle of it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.json {
            self.to.write_all(line)?;
        } else {
            self.to.write_all(redact(&String::from_utf8_lossy(line)).as_bytes())?;
        }
        self.since += 1;
        // A reader who is merely slow may never let the queue run empty.
        if self.since >= LINES {
            self.report_gap()?;
        }
        Ok(line.len())
    }

    /// Called whenever the queue has run empty, and at the end.
    fn flush(&mut self) -> io::Result<()> {
        self.report_gap()?;
        self.to.flush()?;
        gather();
        Ok(())
    }
}

/// Lets lines gather under load: waking this thread for each of them would cost the request that
/// wrote it. What is in the queue now has been written, so an idle log waits for nothing.
#[expect(clippy::disallowed_methods, reason = "a thread of the log's own, which serves no request")]
fn gather() {
    std::thread::sleep(GATHER);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// Takes a line only when the test lets it.
    struct Gated(mpsc::Receiver<()>, mpsc::Sender<String>);

    impl Write for Gated {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            let _ = self.1.send(String::from_utf8_lossy(line).into_owned());
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_stops_costs_lines_and_never_time_and_every_lost_line_is_counted() {
        let (open_gate, gate) = mpsc::channel();
        let (sink, written) = mpsc::channel();
        let (mut lines, guard) = queue(Gated(gate, sink), 2, true);
        for _ in 0..50 {
            lines.write_all(b"{}\n").unwrap();
        }
        drop(open_gate);
        drop(guard);
        let written: Vec<serde_json::Value> =
            written.try_iter().map(|line| serde_json::from_str(&line).unwrap()).collect();
        let through = written.iter().filter(|line| line.get("event").is_none()).count() as u64;
        let reported: u64 = written.iter().filter_map(|line| line["dropped"].as_u64()).sum();
        assert!(through < 50);
        assert_eq!(through + reported, 50, "{written:?}");
    }
}
