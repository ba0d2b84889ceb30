//! Tests of the memory use of a server process while one client sends requests.

use std::{fs, path::Path, thread};

use serde_json::{Value, json};

use crate::support::{PASSWORD, process::Server};

/// Maximum additional memory for the requests of a test, in KiB.
const ALLOWANCE: u64 = 96 * 1024;
const MEBIBYTE: usize = 1024 * 1024;

/// Returns a memory value in KiB: `VmRSS` is the current memory, and `VmHWM` is the peak memory.
fn memory(server: &Server, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn request(method: &str, path: &str, token: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn sign_in(server: &Server) -> String {
    let mut account = json!({ "name": "Ada", "email": "ada@example.org", "password": PASSWORD });
    let send = |path: &str, body: &Value| server.exchange(request("POST", path, "", &body.to_string()).as_bytes());
    assert!(send("/api/v1/auth/register", &account).starts_with("HTTP/1.1 201"));
    account.as_object_mut().unwrap().remove("name");
    let response = send("/api/v1/auth/login", &account);
    let body: Value = serde_json::from_str(response.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}

/// Sends a request `times` times concurrently. Returns the additional peak memory in KiB.
fn send_concurrently(server: &Server, times: usize, request: &str, status: &str) -> u64 {
    let before = memory(server, "VmRSS");
    thread::scope(|scope| {
        for _ in 0..times {
            scope.spawn(|| {
                let response = server.exchange(request.as_bytes());
                assert!(
                    response.starts_with(&format!("HTTP/1.1 {status}")),
                    "{}",
                    &response[..200.min(response.len())]
                );
            });
        }
    });
    memory(server, "VmHWM").saturating_sub(before)
}

fn start(folder: &Path) -> (Server, String) {
    // Uses the setting of the container image, so that the process returns freed memory to the system.
    let server = Server::start_with(folder, &[("MALLOC_MMAP_THRESHOLD_", "131072")]);
    let token = sign_in(&server);
    (server, token)
}

#[test]
fn rejected_body_occupies_no_more_memory_than_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    let (server, token) = start(folder.path());
    let items = r#"{"":0},"#.repeat(5 * MEBIBYTE / 7);
    let mistyped = format!("{{\"title\":[{items}0]}}");
    let added = send_concurrently(&server, 4, &request("POST", "/api/v1/documents", &token, &mistyped), "422");
    assert!(added < ALLOWANCE, "{added} KiB");
    let malformed = format!("{{\"title\":\"a\",\"x\":[{items}");
    let added = send_concurrently(&server, 4, &request("POST", "/api/v1/documents", &token, &malformed), "4");
    assert!(added < ALLOWANCE, "{added} KiB");
}

#[test]
fn document_list_does_not_load_the_bodies() {
    let folder = tempfile::tempdir().unwrap();
    let (server, token) = start(folder.path());
    let large = json!({ "title": "Large", "body": "x".repeat(MEBIBYTE) }).to_string();
    let create = request("POST", "/api/v1/documents", &token, &large);
    for _ in 0..40 {
        assert!(server.exchange(create.as_bytes()).starts_with("HTTP/1.1 201"));
    }
    let peak = memory(&server, "VmHWM");
    send_concurrently(&server, 8, &request("GET", "/api/v1/documents?page_size=100", &token, ""), "200");
    let added = memory(&server, "VmHWM") - peak;
    assert!(added < ALLOWANCE, "{added} KiB");
}
