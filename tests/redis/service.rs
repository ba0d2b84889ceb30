//! Tests of the application with rate limits in Redis: shared limits, fallback and health.

use std::time::Duration;

use serde_json::{Value, json};

use super::{host, url_at};
use crate::support::{
    TestApp,
    app::{limit, store_limits_in_redis},
    log::Log,
    process::Server,
    proxy::{Mode, Proxy},
    redis::url,
};

#[tokio::test]
async fn requests_are_served_and_limited_without_redis_and_health_is_degraded() {
    let Some(url) = url() else { return };
    let proxy = Proxy::start(&host(&url)).await;
    let app = TestApp::start_with(|config| {
        store_limits_in_redis(config, &url_at(&url, proxy.address));
        limit(config, "refresh", 5, 60);
    })
    .await;
    let refresh = async || {
        let token = json!({ "refresh_token": "unknown" });
        app.post("/api/v1/auth/refresh").json(&token).from("203.0.113.7").send().await.status.as_u16()
    };
    let health = async || {
        let response = app.get("/api/v1/health").send().await;
        assert_eq!(response.status, 200);
        response.json()["checks"]["rate_limits"]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(health().await, "ok");
    let log = Log::capture();
    proxy.set(Mode::Refuse);
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(refresh().await);
    }
    assert_eq!(statuses, [vec![401; 5], vec![429; 15]].concat());
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(health().await, "degraded");
    proxy.set(Mode::Pass);
    for _ in 0..200 {
        if health().await == "ok" {
            for (event, level) in [("rate_limit_store_down", "WARN"), ("rate_limit_store_recovered", "INFO")] {
                let lines = log.events(event);
                assert_eq!((lines.len(), &lines[0]["level"], &lines[0]["store"]), (1, &json!(level), &json!("redis")));
            }
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("health did not recover");
}

#[tokio::test]
async fn limits_without_redis_are_divided_by_the_replicas_and_counted_after_the_recovery() {
    let Some(url) = url() else { return };
    let proxy = Proxy::start(&host(&url)).await;
    let app = TestApp::start_with(|config| {
        store_limits_in_redis(config, &url_at(&url, proxy.address));
        limit(config, "refresh", 5, 600);
        config.settings.as_mut().unwrap()["production"]["replicas"] = json!(2);
    })
    .await;
    let refresh = async || {
        let token = json!({ "refresh_token": "unknown" });
        let response = app.post("/api/v1/auth/refresh").json(&token).from("203.0.113.7").send().await;
        (response.status.as_u16(), response.header("ratelimit-policy").unwrap().to_owned())
    };
    let whole = "\"refresh\";q=5;w=600".to_owned();
    let divided = "\"refresh\";q=3;w=600".to_owned();
    assert_eq!(refresh().await, (401, whole.clone()));
    proxy.set(Mode::Refuse);
    for status in [401, 401, 401, 429] {
        assert_eq!(refresh().await, (status, divided.clone()));
    }
    proxy.set(Mode::Pass);
    for _ in 0..200 {
        // Requests the health check, which probes Redis. The fallback thus ends without a rate-limited request.
        app.get("/api/v1/health").send().await;
        if !app.services().rate_limits.report().fallback_active {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Redis has admitted one request and the fallback three requests, so one of five admissions is left.
    assert_eq!(refresh().await, (401, whole.clone()));
    assert_eq!(refresh().await, (429, whole));
}

/// Returns a configuration with a longer Redis deadline.
///
/// With a short deadline on a busy machine, both processes could use the fallback. They would then admit
/// twice the limit.
fn configuration_with_long_deadline() -> tempfile::TempDir {
    let own = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config/development.yaml")).unwrap();
    let changed = own.replace("redis_deadline_milliseconds: 50", "redis_deadline_milliseconds: 10000");
    assert_ne!(own, changed);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("development.yaml"), changed).unwrap();
    folder
}

#[test]
fn two_processes_admit_exactly_the_limit_together() {
    let Some(url) = url() else { return };
    // Uses a secret that is unique to this test, because the key names are derived from the secret.
    let secret = format!("{0}{0}", uuid::Uuid::now_v7().simple());
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let configuration = configuration_with_long_deadline();
    let servers = folders.each_ref().map(|folder| {
        let variables = [
            ("LOCO_CONFIG_FOLDER", configuration.path().to_str().unwrap()),
            ("RATE_LIMIT_STORE", "redis"),
            ("REDIS_URL", url.as_str()),
            ("JWT_SECRET", secret.as_str()),
            ("RATE_LIMIT_REFRESH_REQUESTS", "60"),
            ("RATE_LIMIT_REFRESH_WINDOW_SECONDS", "600"),
        ];
        Server::start_with(folder.path(), &variables)
    });
    let body = r#"{"refresh_token":"unknown"}"#;
    let request = format!(
        "POST /api/v1/auth/refresh HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let count = |server: &Server| {
        let responses = (0..125).map(|_| server.exchange(request.as_bytes()));
        let responses: Vec<_> = responses.map(|response| response.split(' ').nth(1).unwrap().to_owned()).collect();
        assert!(responses.iter().all(|status| status == "401" || status == "429"), "{responses:?}");
        responses.iter().filter(|status| *status == "401").count()
    };
    // Sends 500 requests to each server: 125 requests from each of four concurrent clients.
    let admitted: usize = std::thread::scope(|scope| {
        let clients: Vec<_> = servers
            .iter()
            .flat_map(|server| (0..4).map(|_| scope.spawn(|| count(server))).collect::<Vec<_>>())
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    assert_eq!(admitted, 60);
}

#[test]
fn server_starts_without_redis_logs_it_once_and_hides_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let variables =
        [("RATE_LIMIT_STORE", "redis"), ("REDIS_URL", "redis://ballast:hunter2@127.0.0.1:1/0"), ("LOG_LEVEL", "debug")];
    let server = Server::start_with(folder.path(), &variables);
    for _ in 0..20 {
        let health = server.exchange(b"GET /api/v1/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert!(health.starts_with("HTTP/1.1 200") && health.contains("degraded"), "{health}");
    }
    let (code, log, stderr) = server.stop();
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(!log.join("\n").contains("hunter2"));
    let lines = log.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert_eq!(lines.filter(|line| line["event"] == "rate_limit_store_down").count(), 1, "{log:?}");
}
