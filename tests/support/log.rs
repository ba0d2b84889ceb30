//! Log lines of one test, in memory.

use std::{
    io,
    sync::{Arc, Mutex},
};

use ballast::initializers::logging::{correlation_layer, layer};
use loco_rs::logger::Format;
use serde_json::Value;
use tracing::subscriber::{DefaultGuard, set_default};
use tracing_subscriber::{fmt::MakeWriter, layer::SubscriberExt};

/// Captures the log lines of the current thread until dropped. A test runs its requests and jobs on this thread.
pub struct Log {
    memory: Memory,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl io::Write for Memory {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Memory {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    pub fn capture() -> Self {
        let memory = Memory::default();
        let lines = layer(&Format::Json, memory.clone());
        let subscriber = tracing_subscriber::registry().with(correlation_layer()).with(lines);
        Self { memory, _guard: set_default(subscriber) }
    }

    /// Returns all log lines with this event name.
    pub fn events(&self, event: &str) -> Vec<Value> {
        let text = String::from_utf8(self.memory.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["event"] == event).collect()
    }
}
