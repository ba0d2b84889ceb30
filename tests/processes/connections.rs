//! Tests of the log events of connections: failed accepts, rejected connections and aborted connections.

use std::io::{Read, Write};

use serde_json::Value;

use crate::support::process::{Server, limited};

const LIVE: &[u8] = b"GET /api/v1/health/live HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST: &[u8] = b"GET /api/v1/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Stops the server, and returns the log lines with this event.
fn events(server: Server, event: &str) -> Vec<Value> {
    let (_, log, _) = server.stop();
    let lines = log.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["event"] == event).collect()
}

#[test]
fn failed_accept_is_logged_once_and_the_server_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start_serving(&mut limited(folder.path(), "ulimit -n 128"));
    let connections: Vec<_> = (0..160).map(|_| server.connect()).collect();
    let line = server.wait_for("accept_failed");
    assert_eq!(line["level"], "WARN");
    assert!(line["error"].as_str().unwrap().contains("os error 24"), "{line}");
    drop(connections);
    assert!(server.exchange(LAST).starts_with("HTTP/1.1 200"), "accepts must succeed again");
    assert_eq!(events(server, "accept_failed").len(), 1);
}

#[test]
fn rejected_connection_is_logged_once_with_its_address() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(folder.path(), &[("MAX_CONNECTIONS_PER_ADDRESS", "1")]);
    let mut admitted = server.connect();
    admitted.write_all(LIVE).unwrap();
    admitted.read_exact(&mut [0; 12]).unwrap();
    for _ in 0..3 {
        assert_eq!(server.exchange(LAST), "");
    }
    drop(admitted);
    let lines = events(server, "connection_rejected");
    assert_eq!((lines.len(), &lines[0]["level"], &lines[0]["client_ip"]), (1, &"WARN".into(), &"127.0.0.1".into()));
}

#[test]
fn aborted_connections_are_counted_at_the_end_of_the_grace_period() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(folder.path(), &[("SHUTDOWN_GRACE_SECONDS", "1")]);
    let mut unfinished = server.connect();
    let head = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
                 Content-Length: 99\r\nExpect: 100-continue\r\n\r\n";
    unfinished.write_all(head).unwrap();
    // Waits for `100 Continue`, which the server sends as soon as the handler reads the body.
    let mut first = [0; 21];
    unfinished.read_exact(&mut first).unwrap();
    assert!(first.starts_with(b"HTTP/1.1 100 Continue"));
    let lines = events(server, "connections_cut");
    assert_eq!((lines.len(), &lines[0]["level"], &lines[0]["connections"]), (1, &"WARN".into(), &1.into()));
}
