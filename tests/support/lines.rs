//! Output of a process, read line by line with a timeout.

use std::{
    io::{BufRead, BufReader, Read},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

/// Time to wait for a line, 2 minutes. It exceeds every duration on a busy machine.
pub const LINE_TIMEOUT: Duration = Duration::from_mins(2);

/// Lines of a process, read by their own thread. The lock permits tests to share a server.
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

    /// Returns the first result of `wanted`, and appends every line up to that line to `log`. Returns `None` if the
    /// output ends first.
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
