//! `GET /api/v1/health` and `GET /api/v1/health/live`.

use insta::{
    assert_json_snapshot, dynamic_redaction,
    internals::{Content, ContentPath, Redaction},
};

use crate::support::{TestApp, redactions::id};

/// This package's version.
fn version() -> Redaction {
    dynamic_redaction(|value: Content, path: ContentPath<'_>| {
        assert_eq!(value.as_str(), Some(env!("CARGO_PKG_VERSION")), "{path}");
        "[version]"
    })
}

/// Twelve digits of a commit, or that nobody knows it.
fn commit() -> Redaction {
    dynamic_redaction(|value: Content, path: ContentPath<'_>| {
        let text = value.as_str().unwrap_or_default();
        let known = text.len() >= 7 && text.chars().all(|c| c.is_ascii_hexdigit());
        assert!(known || text == "unknown", "{path} is {text}");
        "[commit]"
    })
}

/// Milliseconds, of which a check may take at most five hundred and what its timer is late by.
fn milliseconds() -> Redaction {
    dynamic_redaction(|value: Content, path: ContentPath<'_>| {
        let Content::F64(milliseconds) = value else { panic!("{path} is {value:?}") };
        assert!(milliseconds.is_finite() && milliseconds >= 0.0, "{path} is {milliseconds}");
        "[milliseconds]"
    })
}

#[tokio::test]
async fn health_names_its_version_and_how_every_part_is() {
    let app = TestApp::start().await;
    let answer = app.get("/api/v1/health").send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_json_snapshot!(answer.json(), { ".version" => version(), ".commit" => commit(), ".checks.*.latency_ms" => milliseconds() }, @r#"
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
async fn health_is_unavailable_without_the_database_and_says_when_to_ask_again() {
    let app = TestApp::start().await;
    app.ctx.db.close_by_ref().await.unwrap();
    let answer = app.get("/api/v1/health").send().await;
    assert_eq!(answer.status, 503);
    assert!(answer.header("retry-after").is_some());
    // As every failure, and how it is beside that.
    assert_eq!(answer.error_code(), "service_unavailable");
    assert_eq!(answer.json()["error"]["request_id"].as_str(), answer.header("x-request-id"));
    assert_json_snapshot!(answer.json(), { ".version" => version(), ".commit" => commit(), ".checks.*.latency_ms" => milliseconds(), ".error.request_id" => id() }, @r#"
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
async fn the_process_is_live_even_without_the_database() {
    let app = TestApp::start().await;
    app.ctx.db.close_by_ref().await.unwrap();
    let answer = app.get("/api/v1/health/live").send().await;
    assert_eq!(answer.status, 200);
    assert_json_snapshot!(answer.json(), @r#"
    {
      "status": "ok"
    }
    "#);
}

#[tokio::test]
async fn health_needs_no_token_and_minds_no_bad_one() {
    let app = TestApp::start().await;
    for path in ["/api/v1/health", "/api/v1/health/live"] {
        let answer = app.get(path).header("authorization", "Bearer nonsense").send().await;
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_head_request_learns_the_status_alone() {
    let app = TestApp::start().await;
    let answer = app.request("HEAD", "/api/v1/health").send().await;
    assert_eq!((answer.status.as_u16(), answer.bytes.len()), (200, 0));
}

#[tokio::test]
async fn without_its_folder_the_store_is_degraded() {
    let app = TestApp::start().await;
    std::fs::remove_dir_all(app.folder.path().join("storage")).unwrap();
    let answer = app.get("/api/v1/health").send().await;
    assert_eq!(answer.status, 200, "it can do without for a while");
    let health = answer.json();
    assert_eq!((&health["status"], &health["checks"]["storage"]["status"]), (&"degraded".into(), &"degraded".into()));
}
