//! Tests of the log output of a server process.

use serde_json::{Value, json};

use crate::support::process::{Server, ballast};

#[test]
fn log_lines_are_flat_json_objects_from_boot_to_shutdown() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let secret = "hunter2-in-the-query";
    for path in ["/api/v1/health", "/api/v1/nope", &format!("/api/v1/uploads?token={secret}"), "/%0a%1b[31m"] {
        let response = server.exchange(format!("GET {path} HTTP/1.1\r\nHost: a\r\nX-Request-ID: forged-id\r\nAuthorization: Bearer {secret}\r\nConnection: close\r\n\r\n").as_bytes());
        assert!(response.starts_with("HTTP/1.1 "), "{response}");
    }
    let account = format!(r#"{{"name":"Ada","email":"canary@example.org","password":"{secret}"}}"#);
    let length = account.len();
    let response = server.exchange(
        format!("POST /api/v1/auth/register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{account}").as_bytes(),
    );
    assert!(response.starts_with("HTTP/1.1 201"), "{response}");
    let (code, log, stderr) = server.stop();
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let lines: Vec<Value> =
        log.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    for line in &lines {
        let fields = line.as_object().unwrap();
        assert!(["timestamp", "level", "target", "message"].iter().all(|name| fields[*name].is_string()), "{line}");
        assert!(fields.values().all(|value| !value.is_object() && !value.is_array()), "{line}");
    }
    let text = log.join("\n");
    assert!(!text.contains(secret) && !text.contains("forged-id") && !text.contains("canary"));
    let access: Vec<&Value> = lines.iter().filter(|line| line["event"] == "request").collect();
    assert_eq!(access.len(), 5);
    for line in access {
        assert!(["request_id", "method", "path", "client_ip"].iter().all(|name| line[*name].is_string()), "{line}");
        assert!(line["status"].is_u64() && line["duration_ms"].is_number(), "{line}");
    }
    assert_eq!(lines.iter().filter(|line| line["event"] == "shutdown" && line["level"] == "INFO").count(), 1);
    assert_eq!(lines.last().unwrap()["event"], "shutdown_complete");
    let costs: Vec<&Value> = lines.iter().filter(|line| line["event"] == "hashing_cost").collect();
    assert!(matches!(costs.as_slice(), [cost] if cost["milliseconds"].as_f64() > Some(0.0)), "{costs:?}");
}

#[test]
fn panic_returns_500_with_one_log_line_and_the_process_continues() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_faulty(folder.path());
    let get = |path: &str, headers: &str| {
        server.exchange(format!("GET {path} HTTP/1.1\r\nHost: a\r\n{headers}Connection: close\r\n\r\n").as_bytes())
    };
    for number in 0..500 {
        let path = ["/api/v1/health", "/api/v1/health/live", "/api/v1/nope", "/api/v1/documents"][number % 4];
        assert!(get(path, "").starts_with("HTTP/1.1 "));
    }
    let response = get("/api/v1/health", "X-Fault: panic\r\n");
    assert!(response.starts_with("HTTP/1.1 500") && response.contains("internal_error"), "{response}");
    let id = response.split("x-request-id: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    assert!(get("/api/v1/health", "").starts_with("HTTP/1.1 200"));
    let (code, log, stderr) = server.stop();
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let lines: Vec<Value> =
        log.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let events = |event: &str| lines.iter().filter(|line| line["event"] == event).collect::<Vec<_>>();
    assert_eq!(events("request").len(), 502);
    let panics = events("panic");
    assert_eq!((panics.len(), panics[0]["request_id"].as_str()), (1, Some(id.as_str())));
    assert!(panics[0]["location"].as_str().unwrap().contains("faults.rs"), "{}", panics[0]);
}

#[test]
fn security_events_are_logged_and_a_rejected_login_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let post = |path: &str, body: &str| {
        let length = body.len();
        server.exchange(format!("POST /api/v1/auth{path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").as_bytes())
    };
    let (good, wrong) = (r#""password":"correct horse battery""#, r#""password":"wrong wrong wrong""#);
    post("/register", &format!(r#"{{"name":"Ada","email":"canary@example.org",{good}}}"#));
    post("/login", &format!(r#"{{"email":"canary@example.org",{good}}}"#));
    for _ in 0..5 {
        post("/login", &format!(r#"{{"email":"canary@example.org",{wrong}}}"#));
    }
    let (_, log, _) = server.stop();
    let lines: Vec<Value> = log.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let count = |field: &str, code: &str| lines.iter().filter(|line| line[field] == code).count();
    assert_eq!((count("event", "registered"), count("event", "signed_in")), (1, 1));
    assert_eq!((count("security_event", "sign_in_refused"), count("security_event", "limit_hit")), (4, 1));
    let logins = lines.iter().filter(|line| line["path"] == "/api/v1/auth/login").count();
    assert_eq!(logins, 7, "one line per request, and one for the successful login");
    for event in ["registered", "signed_in"] {
        assert!(lines.iter().filter(|line| line["event"] == event).all(|line| line["user_id"].is_string()), "{event}");
    }
    assert!(!log.join("\n").contains("canary"));
}

#[test]
fn log_level_limits_the_output() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = ballast(folder.path());
    let output = command.env("LOG_LEVEL", "ERROR").args(["db", "migrate"]).output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
}

#[test]
fn failed_login_spike_is_logged_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(folder.path(), &[("RATE_LIMIT_LOGIN_REQUESTS", "100")]);
    for number in 0..22 {
        let body = format!(r#"{{"email":"unknown{number}@example.org","password":"wrong wrong wrong"}}"#);
        let response = server.exchange(
            format!(
                "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                 Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
            .as_bytes(),
        );
        assert!(response.starts_with("HTTP/1.1 401"), "{response}");
    }
    let (_, log, _) = server.stop();
    let lines: Vec<Value> = log.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let spikes: Vec<_> = lines.iter().filter(|line| line["event"] == "failed_login_spike").collect();
    assert_eq!(spikes.len(), 1);
    assert_eq!(
        (&spikes[0]["level"], &spikes[0]["failures"], &spikes[0]["usual"]),
        (&json!("WARN"), &json!(21), &json!(0))
    );
}
