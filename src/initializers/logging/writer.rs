//! Where lines go: to standard output through a bounded queue, so that a reader who stops reading
//! stops no request.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    os::fd::{AsFd, OwnedFd},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::MakeWriter;

/// Lines that may wait; those that come when all places are taken are counted and dropped.
const LINES: usize = 16_384;
/// Bytes that go out at once while lines wait; the queue flushes when none do.
const BATCH: usize = 64 * 1024;

/// Ends the writing thread and waits for it, up to a second, when dropped.
static GUARD: OnceLock<Mutex<Option<WorkerGuard>>> = OnceLock::new();
static JSON: OnceLock<bool> = OnceLock::new();

/// Makes the queue in front of a copy of standard output that is ours alone.
pub fn open(json: bool) -> io::Result<Lines> {
    let stdout: OwnedFd = rustix::io::dup(io::stdout().as_fd())?;
    let (lines, guard) = Lines::queue(BufWriter::with_capacity(BATCH, File::from(stdout)), LINES);
    if GUARD.set(Mutex::new(Some(guard))).is_ok() {
        let _ = JSON.set(json);
    }
    Ok(lines)
}

/// Whether the log has been installed.
pub fn installed() -> bool {
    GUARD.get().is_some()
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

/// A bounded queue of lines that says, once there is room again, how many it had to drop.
#[derive(Clone)]
pub struct Lines {
    queue: NonBlocking,
    dropped: ErrorCounter,
    reported: Arc<AtomicUsize>,
}

impl Lines {
    /// A queue of so many lines in front of a writer that may block.
    pub fn queue(writer: impl Write + Send + 'static, lines: usize) -> (Self, WorkerGuard) {
        let (queue, guard) = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(lines).finish(writer);
        let dropped = queue.error_counter();
        (Self { queue, dropped, reported: Arc::default() }, guard)
    }

    /// With the next line that gets through after a gap goes one that counts the gap.
    fn report_gap(&mut self) -> io::Result<()> {
        let dropped = self.dropped.dropped_lines();
        let before = self.reported.swap(dropped, Ordering::Relaxed);
        if dropped > before {
            let line = serde_json::json!({
                "timestamp": crate::clock::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
                "level": "WARN",
                "target": "ballast::log",
                "message": "lines were dropped because nobody read them in time",
                "event": "log_dropped",
                "dropped": dropped - before,
            });
            self.queue.write_all(format!("{line}\n").as_bytes())?;
        }
        Ok(())
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.report_gap()?;
        self.queue.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.queue.flush()
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
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
    fn a_reader_that_stops_costs_lines_and_never_time_and_the_gap_is_counted() {
        let (open_gate, gate) = mpsc::channel();
        let (sink, written) = mpsc::channel();
        let (mut lines, guard) = Lines::queue(Gated(gate, sink), 2);
        for number in 0..50 {
            lines.write_all(format!("{{\"n\":{number}}}\n").as_bytes()).unwrap();
        }
        drop(open_gate);
        // What was taken before the gap comes out, so that there is room for the line after it.
        assert_eq!(written.recv().unwrap(), "{\"n\":0}\n");
        written.recv().unwrap();
        while lines.dropped.dropped_lines() == lines.reported.load(Ordering::Relaxed) {
            lines.write_all(b"{}\n").unwrap();
        }
        lines.write_all(b"{\"after\":true}\n").unwrap();
        drop(guard);
        let rest: Vec<String> = written.try_iter().collect();
        let reported: u64 = rest
            .iter()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter(|line| line["event"] == "log_dropped")
            .filter_map(|line| line["dropped"].as_u64())
            .sum();
        assert!(reported > 0, "{rest:?}");
    }
}
