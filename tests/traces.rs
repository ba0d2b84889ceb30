//! Tests of the trace export to an OpenTelemetry collector.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::Value;
use uuid::Uuid;

use crate::support::process::{Server, free_port};

const HEALTH: &[u8] = b"GET /api/v1/health/live?secret=of-mine HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Starts a collector for one message. Returns the address, and a receiver for the head and the body of the message.
fn collector() -> (String, mpsc::Receiver<(String, Vec<u8>)>) {
    collector_at("127.0.0.1:0")
}

fn collector_at(address: &str) -> (String, mpsc::Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind(address).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(stream.read_line(&mut head).unwrap(), 0, "{head}");
        }
        let length = head.to_lowercase().split_once("content-length: ").unwrap().1.to_owned();
        let mut body = vec![0; length.split('\r').next().unwrap().parse().unwrap()];
        stream.read_exact(&mut body).unwrap();
        stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        sender.send((head, body)).unwrap();
    });
    (address, receiver)
}

fn contains(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

#[test]
fn trace_is_exported_with_the_request_id_and_the_route() {
    let (folder, (address, receiver)) = (tempfile::tempdir().unwrap(), collector());
    let server = Server::start_with(
        folder.path(),
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &address), ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20word")],
    );
    let response = server.exchange(HEALTH).to_lowercase();
    let id = response.split_once("x-request-id: ").unwrap().1.split('\r').next().unwrap().parse::<Uuid>().unwrap();
    let (code, log, _) = server.stop();
    assert_eq!(code, Some(0));
    let (head, body) = receiver.recv_timeout(Duration::from_mins(1)).unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains("content-type: application/x-protobuf"), "{head}");
    assert!(head.to_lowercase().contains("api-key: a word\r\n"), "{head}");
    assert!(contains(&body, id.as_bytes()), "the trace ID must be the request ID");
    assert!(contains(&body, b"GET /api/v1/health/live") && contains(&body, b"http.response.status_code"));
    assert!(!contains(&body, b"of-mine"), "the query must not be exported");
    assert!(!log.concat().contains("trace_export_failed"));
}

#[test]
fn unreachable_collector_does_not_affect_requests_and_is_logged_once() {
    let folder = tempfile::tempdir().unwrap();
    // No collector listens at this address.
    let mut server = Server::start_with(folder.path(), &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")]);
    for _ in 0..3 {
        assert!(server.exchange(HEALTH).starts_with("HTTP/1.1 200"));
    }
    server.wait_for("trace_export_failed");
    assert!(server.exchange(HEALTH).starts_with("HTTP/1.1 200"));
    let (code, log, _) = server.stop();
    assert_eq!(code, Some(0));
    let lines: Vec<Value> = log.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().filter(|line| line["event"] == "trace_export_failed").count(), 1);
}

#[test]
fn recovered_collector_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("127.0.0.1:{}", free_port());
    let endpoint = format!("http://{address}");
    // Shortens the interval between two exports to 100 ms.
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "100")];
    let mut server = Server::start_with(folder.path(), &variables);
    assert!(server.exchange(HEALTH).starts_with("HTTP/1.1 200"));
    let failed = server.wait_for("trace_export_failed");
    assert!(failed["level"] == "WARN" && failed["error"].is_string(), "{failed}");
    let (_, _receiver) = collector_at(&address);
    assert!(server.exchange(HEALTH).starts_with("HTTP/1.1 200"));
    assert_eq!(server.wait_for("trace_export_recovered")["level"], "INFO");
}
