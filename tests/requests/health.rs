//! Tests of `GET /api/v1/health` and `GET /api/v1/health/live`.

use insta::{
    assert_json_snapshot, dynamic_redaction,
    internals::{Content, ContentPath, Redaction},
};

use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::support::{TestApp, log::Log, redactions::id};

/// Redacts the version after checking that it is the version of this package.
fn version() -> Redaction {
    dynamic_redaction(|value: Content, path: ContentPath<'_>| {
        assert_eq!(value.as_str(), Some(env!("CARGO_PKG_VERSION")), "{path}");
        "[version]"
    })
}

/// Redacts the commit after checking that it is `unknown` or a hash of at least seven digits.
fn commit() -> Redaction {
    dynamic_redaction(|value: Content, path: ContentPath<'_>| {
        let text = value.as_str().unwrap_or_default();
        let known = text.len() >= 7 && text.chars().all(|c| c.is_ascii_hexdigit());
        assert!(known || text == "unknown", "{path} is {text}");
        "[commit]"
    })
}

/// Redacts a number after checking that it is a duration in milliseconds.
fn milliseconds() -> Redaction {
    dynamic_redaction(|value: Content, path: ContentPath<'_>| {
        let Content::F64(milliseconds) = value else { panic!("{path} is {value:?}") };
        assert!(milliseconds.is_finite() && milliseconds >= 0.0, "{path} is {milliseconds}");
        "[milliseconds]"
    })
}

#[tokio::test]
async fn health_contains_version_and_status_of_every_dependency() {
    let app = TestApp::start().await;
    let response = app.get("/api/v1/health").send().await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_json_snapshot!(response.json(), {
        ".version" => version(), ".commit" => commit(), ".checks.*.latency_ms" => milliseconds(),
    }, @r#"
    {
      "checks": {
        "database": {
          "latency_ms": "[milliseconds]",
          "status": "ok"
        },
        "queue": {
          "latency_ms": "[milliseconds]",
          "status": "ok"
        },
        "rate_limits": {
          "latency_ms": "[milliseconds]",
          "status": "ok"
        },
        "storage": {
          "latency_ms": "[milliseconds]",
          "status": "ok"
        }
      },
      "commit": "[commit]",
      "status": "ok",
      "version": "[version]"
    }
    "#);
}

#[tokio::test]
async fn health_returns_503_with_retry_after_without_the_database() {
    let app = TestApp::start().await;
    app.db.close().await.unwrap();
    let response = app.get("/api/v1/health").send().await;
    assert_eq!(response.status, 503);
    assert!(response.header("retry-after").is_some());
    // The response body contains the error format and the health report.
    assert_eq!(response.error_code(), "service_unavailable");
    assert_eq!(response.json()["error"]["request_id"].as_str(), response.header("x-request-id"));
    assert_json_snapshot!(response.json(), {
        ".version" => version(), ".commit" => commit(), ".checks.*.latency_ms" => milliseconds(), ".error.request_id" => id(),
    }, @r#"
    {
      "checks": {
        "database": {
          "latency_ms": "[milliseconds]",
          "status": "unavailable"
        },
        "queue": {
          "latency_ms": "[milliseconds]",
          "status": "ok"
        },
        "rate_limits": {
          "latency_ms": "[milliseconds]",
          "status": "ok"
        },
        "storage": {
          "latency_ms": "[milliseconds]",
          "status": "ok"
        }
      },
      "commit": "[commit]",
      "error": {
        "code": "service_unavailable",
        "message": "The service is unavailable. Try again in a moment.",
        "request_id": "[id]"
      },
      "status": "unavailable",
      "version": "[version]"
    }
    "#);
}

#[tokio::test]
async fn failed_check_is_logged_with_the_name_of_the_dependency() {
    let app = TestApp::start().await;
    std::fs::remove_dir_all(app.folder.path().join("storage")).unwrap();
    app.db.close().await.unwrap();
    let log = Log::capture();
    app.get("/api/v1/health").send().await;
    let lines = log.events("dependency_down");
    assert!(lines.iter().all(|line| line["level"] == "WARN" && line["error"].is_string()), "{lines:?}");
    let mut parts: Vec<_> = lines.iter().map(|line| line["part"].as_str().unwrap()).collect();
    parts.sort_unstable();
    assert_eq!(parts, ["database", "storage"]);
}

#[tokio::test]
async fn health_is_degraded_and_the_failed_commit_is_logged_if_a_lock_prevents_writes() {
    let app = TestApp::start().await;
    // Locks the whole database on SQLite, and the row of the probe on PostgreSQL.
    let lock = app.ctx.db.begin().await.unwrap();
    lock.execute_unprepared("UPDATE commit_probes SET probed_at = probed_at").await.unwrap();
    let log = Log::capture();
    let health = app.get("/api/v1/health").send().await;
    assert_eq!((health.status.as_u16(), &health.json()["checks"]["database"]["status"]), (200, &"degraded".into()));
    let lines = log.events("commit_failed");
    assert_eq!((lines.len(), &lines[0]["level"]), (1, &"WARN".into()));
    assert!(lines[0]["error"].is_string() && lines[0]["duration"].is_string(), "{lines:?}");
}

#[tokio::test]
async fn liveness_does_not_depend_on_the_database() {
    let app = TestApp::start().await;
    app.db.close().await.unwrap();
    let response = app.get("/api/v1/health/live").send().await;
    assert_eq!(response.status, 200);
    assert_json_snapshot!(response.json(), @r#"
    {
      "status": "ok"
    }
    "#);
}

#[tokio::test]
async fn health_ignores_credentials() {
    let app = TestApp::start().await;
    for path in ["/api/v1/health", "/api/v1/health/live"] {
        let response = app.get(path).header("authorization", "Bearer nonsense").send().await;
        assert_eq!(response.status, 200, "{path}");
    }
}

#[tokio::test]
async fn health_returns_no_body_for_head_requests() {
    let app = TestApp::start().await;
    let response = app.request("HEAD", "/api/v1/health").send().await;
    assert_eq!((response.status.as_u16(), response.bytes.len()), (200, 0));
}

#[tokio::test]
async fn health_is_degraded_without_the_storage_folder() {
    let app = TestApp::start().await;
    std::fs::remove_dir_all(app.folder.path().join("storage")).unwrap();
    let response = app.get("/api/v1/health").send().await;
    assert_eq!(response.status, 200, "storage is not required for readiness");
    let health = response.json();
    assert_eq!((&health["status"], &health["checks"]["storage"]["status"]), (&"degraded".into(), &"degraded".into()));
}
