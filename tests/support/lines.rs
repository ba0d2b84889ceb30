//! What a process writes, line by line, for no longer than a test should wait.

use std::{
    io::{BufRead, BufReader, Read},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// Far longer than anything takes on a busy machine: whatever is not said by then never is.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// The lines of a process, read by a thread of their own. The lock is for tests that share a server.
pub struct Lines(Mutex<Receiver<String>>);

impl Lines {
    pub fn of(source: impl Read + Send + 'static) -> Self {
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

    /// The first line for which `wanted` has an answer, with every line up to it added to `log`.
    /// None where the process ended without one.
    pub fn find<T>(&mut self, log: &mut Vec<String>, wanted: impl Fn(&str) -> Option<T>) -> Option<T> {
        let end = Instant::now() + PATIENCE;
        loop {
            let line = match self.0.get_mut().recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => panic!("nothing of the kind came: {}", log.join("")),
            };
            log.push(line);
            if let Some(found) = log.last().and_then(|line| wanted(line)) {
                return Some(found);
            }
        }
    }
}
