//! The whole service on Redis: two processes share a limit, and health says when they do not.

use std::time::Duration;

use serde_json::json;

use super::{at, host};
use crate::support::{
    TestApp,
    app::{limit, share_limits},
    process::Server,
    proxy::{Mode, Proxy},
    redis::url,
};

#[tokio::test]
async fn with_redis_gone_requests_are_answered_limits_hold_and_health_is_degraded() {
    let Some(url) = url() else { return };
    let proxy = Proxy::before(&host(&url)).await;
    let app = TestApp::start_with(|config| {
        share_limits(config, &at(&url, proxy.address));
        limit(config, "refresh", 5, 60);
    })
    .await;
    let refresh = async || {
        let token = json!({ "refresh_token": "nobody's" });
        app.post("/api/v1/auth/refresh").json(&token).from("203.0.113.7").send().await.status.as_u16()
    };
    let health = async || {
        let answer = app.get("/api/v1/health").send().await;
        assert_eq!(answer.status, 200);
        answer.json()["checks"]["rate_limits"]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(health().await, "ok");
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
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it stayed degraded");
}

/// The configuration with more time for Redis: on a machine that runs many tests at once, both processes
/// would now and then do without it, and rightly admit a limit each.
fn patient_configuration() -> tempfile::TempDir {
    let own = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config/development.yaml")).unwrap();
    let patient = own.replace("redis_deadline_milliseconds: 50", "redis_deadline_milliseconds: 10000");
    assert_ne!(own, patient);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("development.yaml"), patient).unwrap();
    folder
}

#[test]
fn two_processes_admit_exactly_the_limit_together() {
    let Some(url) = url() else { return };
    // The limit's keys are made with this secret, so no other test meets them.
    let secret = format!("{0}{0}", uuid::Uuid::now_v7().simple());
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let patient = patient_configuration();
    let servers = folders.each_ref().map(|folder| {
        let variables = [
            ("LOCO_CONFIG_FOLDER", patient.path().to_str().unwrap()),
            ("RATE_LIMIT_STORE", "redis"),
            ("REDIS_URL", url.as_str()),
            ("JWT_SECRET", secret.as_str()),
            ("RATE_LIMIT_REFRESH_REQUESTS", "60"),
            ("RATE_LIMIT_REFRESH_WINDOW_SECONDS", "600"),
        ];
        Server::start_with(folder.path(), &variables)
    });
    let body = r#"{"refresh_token":"nobody's"}"#;
    let request = format!(
        "POST /api/v1/auth/refresh HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let count = |server: &Server| {
        let answers = (0..125).map(|_| server.exchange(request.as_bytes()));
        let answers: Vec<_> = answers.map(|answer| answer.split(' ').nth(1).unwrap().to_owned()).collect();
        assert!(answers.iter().all(|status| status == "401" || status == "429"), "{answers:?}");
        answers.iter().filter(|status| *status == "401").count()
    };
    // Five hundred to each, from four clients at once.
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
fn a_server_starts_without_redis_says_so_once_and_shows_no_password() {
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
    let text = log.join("\n");
    assert!(!text.contains("hunter2"));
    assert_eq!(text.matches("\"event\":\"rate_limits_alone\"").count(), 1, "{text}");
}
