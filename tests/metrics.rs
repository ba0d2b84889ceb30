//! Tests of Prometheus metrics: series, listener and labels.

use std::{
    collections::HashSet,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};

use serde_json::Value;

use crate::support::process::{Server, ballast, free_port};

fn get(address: &str, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: a\r\n{headers}Connection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

/// Returns the address of the metrics listener, which the log contains.
fn metrics_address(server: &Server) -> Option<String> {
    let lines = server.log.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["event"] == "metrics").find_map(|line| Some(line["address"].as_str()?.to_owned()))
}

/// Returns the names of samples whose type is not declared. The sample name of a counter ends with `suffix`.
fn undeclared<'a>(response: &'a str, suffix: &str) -> Vec<&'a str> {
    let (_, text) = response.split_once("\r\n\r\n").unwrap();
    let declarations = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let declared: HashSet<String> = declarations
        .flat_map(|(name, kind)| match kind {
            "counter" => vec![format!("{name}{suffix}")],
            "histogram" => ["_bucket", "_count", "_sum"].map(|suffix| format!("{name}{suffix}")).to_vec(),
            _ => vec![name.to_owned()],
        })
        .collect();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    let names = samples.map(|line| line.split(['{', ' ']).next().unwrap());
    names.filter(|name| !declared.contains(*name)).collect()
}

#[test]
fn metrics_are_served_on_their_own_port() {
    let folder = tempfile::tempdir().unwrap();
    let binding = format!("127.0.0.1:{}", free_port());
    let variables = [("RATE_LIMIT_REFRESH_REQUESTS", "2"), ("METRICS_BINDING", &binding)];
    let server = Server::start_with(folder.path(), &variables);
    let metrics = metrics_address(&server).unwrap();
    let body = r#"{"refresh_token":"unknown"}"#;
    let refresh = format!(
        "POST /api/v1/auth/refresh HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    for _ in 0..3 {
        server.exchange(refresh.as_bytes());
    }
    for number in 0..50 {
        get(&server.address, &format!("/api/v1/nowhere/{number}"), "");
    }
    let response = get(&metrics, "/metrics", "");
    assert!(response.starts_with("HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4"), "{response}");
    for series in [
        "ballast_rate_limit_decisions_total{policy=\"refresh\",outcome=\"admitted\"} 2\n",
        "ballast_rate_limit_decisions_total{policy=\"refresh\",outcome=\"refused\"} 1\n",
        "ballast_rate_limit_decisions_total{policy=\"login\",outcome=\"refused\"} 0\n",
        "ballast_rate_limit_keys 1",
        "ballast_rate_limit_keys_evicted_total 0\n",
        "ballast_rate_limit_store_errors_total 0\n",
        "ballast_rate_limit_fallbacks_total 0\n",
        "ballast_rate_limit_fallback_active 0",
        "ballast_http_requests_total{method=\"POST\",route=\"/api/v1/auth/refresh\",status=\"429\"} 1\n",
        "ballast_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 50\n",
        "ballast_http_request_duration_seconds_count{method=\"POST\",route=\"/api/v1/auth/refresh\"} 3\n",
        "ballast_log_lines_dropped_total 0\n",
        "ballast_password_hashes_waiting 0",
        "process_start_time_seconds 1",
    ] {
        assert!(response.contains(series), "{series} is not in {response}");
    }
    assert!(!response.contains("nowhere"), "a path became a label");
    assert_eq!(undeclared(&response, ""), [""; 0]);
    assert!(response.contains("# TYPE ballast_http_requests_total counter\n"), "{response}");
    let openmetrics = get(&metrics, "/metrics", "Accept: application/openmetrics-text\r\n");
    assert!(openmetrics.contains("content-type: application/openmetrics-text; version=1.0.0"), "{openmetrics}");
    assert_eq!(undeclared(&openmetrics, "_total"), [""; 0]);
    assert!(openmetrics.contains("# TYPE ballast_http_requests counter\n"), "{openmetrics}");
    assert_eq!((response.contains("# EOF"), openmetrics.ends_with("\n# EOF\n")), (false, true));
    for path in ["/", "/metrics/", "/api/v1/health"] {
        assert!(get(&metrics, path, "").starts_with("HTTP/1.1 404"), "{path}");
    }
    assert!(get(&server.address, "/metrics", "").starts_with("HTTP/1.1 404"), "the public port must not serve metrics");
    let (code, log, _) = server.stop();
    assert_eq!((code, log.last().unwrap().contains("shutdown_complete")), (Some(0), true));
    assert!(TcpStream::connect(metrics).is_err(), "the listener must be closed");
}

#[test]
fn disabled_metrics_open_no_listener() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with(folder.path(), &[("METRICS_ENABLED", "false")]);
    assert_eq!(metrics_address(&server), None);
}

#[test]
fn server_starts_without_metrics_if_the_port_is_in_use_and_fails_if_the_address_is_invalid() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let occupied = TcpListener::bind("127.0.0.1:0").unwrap();
    let binding = occupied.local_addr().unwrap().to_string();
    let server = Server::start_with(first.path(), &[("METRICS_BINDING", &binding)]);
    assert_eq!(metrics_address(&server), None);
    assert!(server.log.iter().any(|line| line.contains("METRICS_BINDING")), "{:?}", server.log);
    drop(server);
    let mut command = ballast(second.path());
    let output = command.env("METRICS_BINDING", "203.0.113.1:9150").arg("start").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("set METRICS_BINDING"));
}

#[test]
fn worker_process_stops_before_it_takes_jobs() {
    let folder = tempfile::tempdir().unwrap();
    assert!(ballast(folder.path()).args(["db", "migrate"]).output().unwrap().status.success());
    let mut worker = Server::spawn_worker(&mut ballast(folder.path()));
    worker.wait_for("metrics");
    let (code, log, stderr) = worker.stop();
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(log.iter().any(|line| line.contains("\"event\":\"shutdown\"")), "{log:?}");
}

#[test]
fn worker_process_reports_health_and_stops_on_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    assert!(ballast(folder.path()).args(["db", "migrate"]).output().unwrap().status.success());
    let mut command = ballast(folder.path());
    let mut worker = Server::spawn_worker(&mut command);
    let metrics = worker.wait_for("metrics")["address"].as_str().unwrap().to_owned();
    let health = get(&metrics, "/health", "");
    assert!(health.starts_with("HTTP/1.1 200") && health.contains("\"status\":\"ok\""), "{health}");
    let (code, log, stderr) = worker.stop();
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(log.iter().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{log:?}");
}
