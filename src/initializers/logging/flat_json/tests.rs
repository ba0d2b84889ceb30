//! What a line may hold, and what it may not.

use std::{io, sync::Arc};

use parking_lot::Mutex;
use serde_json::Value;
use tracing_subscriber::{fmt::MakeWriter, layer::SubscriberExt};

use super::{super::layer, CorrelationLayer};
use crate::telemetry::request_id::{RequestId, job_span, request_span};

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

fn text(log: impl FnOnce()) -> String {
    let memory = Memory::default();
    let subscriber = tracing_subscriber::registry()
        .with(CorrelationLayer)
        .with(layer(&loco_rs::logger::Format::Json, memory.clone()));
    tracing::subscriber::with_default(subscriber, log);
    let text = String::from_utf8(memory.0.lock().clone()).unwrap();
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    text
}

fn lines(log: impl FnOnce()) -> Vec<Value> {
    text(log).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn fields_stand_flat_beside_those_of_the_request() {
    let id = RequestId::generate();
    let lines =
        lines(|| request_span(id, "GET", "/api").in_scope(|| tracing::info!(status = 200, "answered {}", "it")));
    assert_eq!(lines[0]["request_id"], id.to_string());
    assert_eq!(lines[0]["message"], "answered it");
    assert_eq!((&lines[0]["status"], &lines[0]["path"]), (&200.into(), &"/api".into()));
}

#[test]
fn a_job_inside_a_request_is_a_job_and_no_name_stands_twice() {
    let (request, job) = (RequestId::generate(), RequestId::generate());
    let lines = lines(|| {
        request_span(request, "POST", "/api")
            .in_scope(|| job_span(job, "typeset", uuid::Uuid::nil()).in_scope(|| tracing::info!("runs")));
    });
    assert_eq!(lines[0]["request_id"], job.to_string());
    assert_eq!(lines[0].get("path"), None);
}

#[test]
fn text_cannot_break_out_of_its_line() {
    let nasty = "a\nb\r\u{1b}[31m\0\u{2028}\u{202e}\"\\";
    let lines = lines(|| tracing::info!(nasty, level = "forged", "m"));
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["nasty"], nasty);
    assert_eq!((&lines[0]["level"], &lines[0]["field.level"]), (&"INFO".into(), &"forged".into()));
}

#[test]
fn long_text_is_cut_and_what_is_no_number_is_null() {
    let lines = lines(|| tracing::info!(long = "x".repeat(64 * 1024), nan = f64::NAN, "m"));
    assert!(lines[0]["long"].as_str().unwrap().len() < 2100);
    assert_eq!(lines[0]["nan"], Value::Null);
}

#[test]
fn a_number_too_large_to_round_is_written_whole() {
    let lines = lines(|| tracing::info!(largest = f64::MAX, "m"));
    assert_eq!(lines[0]["largest"].as_f64(), Some(f64::MAX));
}

#[test]
fn a_cut_text_takes_two_kibibytes_with_its_mark() {
    let lines = lines(|| tracing::info!(long = "ä".repeat(4096), "m"));
    let long = lines[0]["long"].as_str().unwrap();
    assert!(long.len() <= 2048 && long.ends_with('…'), "{}", long.len());
}

#[test]
fn a_name_given_twice_stands_once_and_the_message_always() {
    let text = text(|| tracing::info!(twice = 1, twice = 2));
    assert!(text.ends_with(",\"message\":\"\",\"twice\":1}\n"), "{text}");
}

#[test]
fn a_line_outside_the_span_takes_the_id_of_its_task() {
    let id = RequestId::generate();
    let lines = lines(|| crate::telemetry::request_id::REQUEST_ID.sync_scope(id, || tracing::info!("m")));
    assert_eq!(lines[0]["request_id"], id.to_string());
}
