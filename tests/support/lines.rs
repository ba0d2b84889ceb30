//! Output of a process, which the tests read line by line with a timeout.

use std::{
    io::{BufRead, BufReader, Read},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// Maximum time to wait for the line that a test expects. The time is long enough for a busy machine.
pub const LINE_TIMEOUT: Duration = Duration::from_mins(2);

/// Output lines of a process, which a separate thread reads. The lock permits several tests to share a server.
pub struct Lines(Mutex<Receiver<String>>);

impl Lines {
    pub fn read(source: impl Read + Send + 'static) -> Self {
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let mut source = BufReader::new(source);
            let mut line = String::new();
            while source.read_line(&mut line).is_ok_and(|read| read > 0) {
                if sender.send(std::mem::take(&mut line)).is_err() {
                    break;
                }
            }
        });
        Self(Mutex::new(lines))
    }

    /// Returns the first value that `wanted` returns for a line, or `None` if the output ends before such a line.
    ///
    /// Appends each line of the output to `log`, up to the found line. Panics after [`LINE_TIMEOUT`].
    pub fn find<T>(&mut self, log: &mut Vec<String>, wanted: impl Fn(&str) -> Option<T>) -> Option<T> {
        let end = Instant::now() + LINE_TIMEOUT;
        loop {
            let line = match self.0.get_mut().recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => panic!("the expected line is missing: {}", log.join("")),
            };
            log.push(line);
            if let Some(found) = log.last().and_then(|line| wanted(line)) {
                return Some(found);
            }
        }
    }
}
