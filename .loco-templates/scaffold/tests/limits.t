to: "tests/requests/{{ plural }}/limits.rs"
---
//! Tests of the rate limit `writes` on `/api/v1/{{ plural }}`.

use insta::assert_json_snapshot;
use serde_json::json;

use super::PATH;
use crate::support::{TestApp, app::limit, redactions};

#[tokio::test]
async fn writes_are_rejected_and_reads_are_not_when_the_limit_is_reached() {
    let app = TestApp::start_with(|config| limit(config, "writes", 3, 60)).await;
    let ada = app.sign_in("ada").await;
    let one = format!("{PATH}/{}", uuid::Uuid::now_v7());
    let table = [("POST", PATH), ("PUT", one.as_str()), ("DELETE", one.as_str())];
    let send = async |method: &str, path: &str| {
        app.request(method, path).bearer(&ada).from("203.0.113.7").json(&json!({ "is_admin": true })).send().await
    };
    for (method, path) in table {
        let response = send(method, path).await;
        assert_ne!(response.status, 429, "{method}");
        assert_eq!(response.header("ratelimit-policy"), Some("\"writes\";q=3;w=60"), "{method}");
    }
    for (method, path) in table {
        assert_eq!(send(method, path).await.error_code(), "rate_limited", "{method}");
    }
    assert_eq!(send("GET", PATH).await.status, 200);
    let rejected = send("POST", PATH).await;
    assert!(rejected.header("retry-after").is_some());
    assert_json_snapshot!(rejected.json(), { ".error.request_id" => redactions::id() }, @r##"
    {
      "error": {
        "code": "rate_limited",
        "message": "Too many requests. Wait for the time in Retry-After, then try again.",
        "request_id": "[id]"
      }
    }
    "##);
}
