//! Tests of the content of a log line: fields, request IDs, redaction, escaping and truncation.

use std::{borrow::Cow, cell::Cell, io, sync::Arc};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde_json::Value;
use tracing::{Span, error_span};
use tracing_subscriber::{fmt::MakeWriter, layer::SubscriberExt};

use super::{CorrelationLayer, Hooks, layer};

const SPAN_TARGET: &str = "correlation";
const HOOKS: Hooks = Hooks { now, request_id: current_request_id, redact, span_target: SPAN_TARGET };

thread_local! {
    /// Request ID of the current test. Replaces the request ID of a Tokio task.
    static REQUEST_ID: Cell<Option<&'static str>> = const { Cell::new(None) };
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn current_request_id() -> Option<String> {
    REQUEST_ID.get().map(str::to_owned)
}

fn redact(text: &str) -> Cow<'_, str> {
    text.replace("canary", "[redacted]").into()
}

fn request_span(id: &str, path: &str) -> Span {
    error_span!(target: SPAN_TARGET, "request", request_id = id, method = "GET", path)
}

fn job_span(id: &str) -> Span {
    error_span!(target: SPAN_TARGET, "job", request_id = id, job = "typeset", job_id = "1")
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl io::Write for Memory {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(line);
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

/// Calls `log`, and returns the log lines that the layer writes for the events.
fn text(log: impl FnOnce()) -> String {
    let memory = Memory::default();
    let subscriber =
        tracing_subscriber::registry().with(CorrelationLayer::new(HOOKS)).with(layer(HOOKS, memory.clone()));
    tracing::subscriber::with_default(subscriber, log);
    let text = String::from_utf8(memory.0.lock().clone()).unwrap();
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    text
}

fn lines(log: impl FnOnce()) -> Vec<Value> {
    text(log).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn line_contains_the_fields_of_the_event_and_of_the_request() {
    let lines = lines(|| request_span("a", "/api").in_scope(|| tracing::info!(status = 200, "answered {}", "it")));
    assert_eq!((&lines[0]["timestamp"], &lines[0]["level"]), (&"1970-01-01T00:00:00.000000Z".into(), &"INFO".into()));
    assert_eq!((&lines[0]["target"], &lines[0]["message"]), (&"json_log::tests".into(), &"answered it".into()));
    assert_eq!((&lines[0]["request_id"], &lines[0]["path"]), (&"a".into(), &"/api".into()));
    assert_eq!(lines[0]["status"], 200);
}

#[test]
fn line_contains_only_the_fields_of_the_job_when_a_job_runs_in_a_request() {
    let lines = lines(|| {
        request_span("a", "/api").in_scope(|| job_span("b").in_scope(|| tracing::info!("runs")));
    });
    assert_eq!((&lines[0]["request_id"], &lines[0]["job"]), (&"b".into(), &"typeset".into()));
    assert_eq!(lines[0].get("path"), None);
}

#[test]
fn line_contains_the_request_id_of_the_task_when_it_is_outside_the_span() {
    REQUEST_ID.set(Some("a"));
    let lines = lines(|| tracing::info!("m"));
    REQUEST_ID.set(None);
    assert_eq!(lines[0]["request_id"], "a");
}

#[test]
fn line_contains_no_secret_in_its_fields_or_those_of_its_span() {
    let text = text(|| request_span("a", "/canary").in_scope(|| tracing::info!(cause = ?"canary", "a canary")));
    assert!(!text.contains("canary") && text.matches("[redacted]").count() == 3, "{text}");
}

#[test]
fn line_escapes_text_that_could_end_or_hide_it() {
    let nasty = "a\nb\r\u{1b}[31m\0\u{2028}\u{202e}\"\\";
    let lines = lines(|| tracing::info!(nasty, level = "forged", "m"));
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["nasty"], nasty);
    assert_eq!((&lines[0]["level"], &lines[0]["field.level"]), (&"INFO".into(), &"forged".into()));
}

#[test]
fn line_truncates_long_text_and_writes_nan_as_null() {
    let lines = lines(|| tracing::info!(long = "x".repeat(64 * 1024), nan = f64::NAN, "m"));
    assert!(lines[0]["long"].as_str().unwrap().len() < 2100);
    assert_eq!(lines[0]["nan"], Value::Null);
}

#[test]
fn line_contains_the_exact_number_when_it_is_too_large_to_round() {
    let lines = lines(|| tracing::info!(largest = f64::MAX, "m"));
    assert_eq!(lines[0]["largest"].as_f64(), Some(f64::MAX));
}

#[test]
fn truncated_text_fits_two_kibibytes_with_its_ellipsis() {
    let lines = lines(|| tracing::info!(long = "ä".repeat(4096), "m"));
    let long = lines[0]["long"].as_str().unwrap();
    assert!(long.len() <= 2048 && long.ends_with('…'), "{}", long.len());
}

#[test]
fn line_contains_a_repeated_name_once_and_always_a_message() {
    let text = text(|| tracing::info!(twice = 1, twice = 2));
    assert!(text.ends_with(",\"message\":\"\",\"twice\":1}\n"), "{text}");
}
