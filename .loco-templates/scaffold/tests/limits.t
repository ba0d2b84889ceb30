to: "tests/requests/{{ plural }}/limits.rs"
---
//! How often an address may change something of `/api/v1/{{ plural }}`.

use insta::assert_json_snapshot;
use serde_json::json;

use super::PATH;
use crate::support::{TestApp, app::limit, redactions};

#[tokio::test]
async fn changes_beyond_the_limit_are_refused_and_reading_is_not() {
    let app = TestApp::start_with(|config| limit(config, "writes", 3, 60)).await;
    let who = app.sign_in("ada").await;
    let one = format!("{PATH}/{}", uuid::Uuid::now_v7());
    let table = [("POST", PATH), ("PUT", one.as_str()), ("DELETE", one.as_str())];
    let ask = async |method: &str, path: &str| {
        app.request(method, path).bearer(&who).from("203.0.113.7").json(&json!({ "is_admin": true })).send().await
    };
    for (method, path) in table {
        let answer = ask(method, path).await;
        assert_ne!(answer.status, 429, "{method}");
        assert_eq!(answer.header("ratelimit-policy"), Some("\"writes\";q=3;w=60"), "{method}");
    }
    for (method, path) in table {
        assert_eq!(ask(method, path).await.error_code(), "rate_limited", "{method}");
    }
    assert_eq!(ask("GET", PATH).await.status, 200);
    let refused = ask("POST", PATH).await;
    assert!(refused.header("retry-after").is_some());
    assert_json_snapshot!(refused.json(), { ".error.request_id" => redactions::id() }, @r##"
    {
      "error": {
        "code": "rate_limited",
        "message": "Too many requests: wait, then try again.",
        "request_id": "[id]"
      }
    }
    "##);
}
