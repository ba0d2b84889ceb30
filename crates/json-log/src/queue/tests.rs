//! Tests with outputs that block or fail.

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

/// Logs `line` `times` times while the output is blocked, and once more after the close. Returns the output.
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
fn queue_drops_lines_when_closed() {
    let lines = start(io::sink(), true, HOOKS).unwrap();
    lines.close();
    (&lines).write_all(b"{}\n").unwrap();
    assert_eq!(lines.dropped(), 1);
}

/// Output whose first writes fail after a part of the text.
struct FailingOutput(usize, mpsc::Sender<String>);

impl Write for FailingOutput {
    fn write(&mut self, batch: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            let _ = self.1.send(String::from_utf8_lossy(batch).into_owned());
            return Ok(batch.len());
        }
        self.0 -= 1;
        if self.0 == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let _ = self.1.send(String::from_utf8_lossy(&batch[..1]).into_owned());
        Ok(1)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn lines_of_a_failed_write_are_reported_as_dropped() {
    let (sink, written) = mpsc::channel();
    let lines = start(FailingOutput(2, sink), true, HOOKS).unwrap();
    (&lines).write_all(b"{}\n").unwrap();
    let start: String = written.iter().take(2).collect();
    assert_eq!(start, "{\n");
    let report: serde_json::Value = serde_json::from_str(&written.recv().unwrap()).unwrap();
    assert_eq!((&report["event"], &report["dropped"]), (&"log_dropped".into(), &1.into()));
    lines.close();
}
