to: "tests/requests/{{ plural }}/show.rs"
---
//! Tests of `GET /api/v1/{{ plural }}/{id}`.

use insta::assert_json_snapshot;

use super::{PATH, path, second_body, some};
use crate::support::{TestApp, redactions};

#[tokio::test]
async fn show_returns_the_created_row_when_the_user_owns_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada").await;
    let row = some(&app, &ada).await;
    let response = app.get(&path(&row)).bearer(&ada).send().await;
    assert_eq!((response.status.as_u16(), response.header("cache-control")), (200, Some("no-store")));
    assert_eq!(response.json(), row);
}

#[tokio::test]
async fn row_is_not_found_for_every_method_when_another_user_owns_it() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let row = some(&app, &ada).await;
    let unknown = format!("{PATH}/{}", uuid::Uuid::now_v7());
    let body = {{ second_body_of_eve }};
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        let send = async |path: &str| app.request(method, path).bearer(&eve).json(&body).send().await;
        let (foreign, missing) = (send(&path(&row)).await, send(&unknown).await);
        assert_eq!((foreign.status.as_u16(), missing.status.as_u16()), (404, 404), "{method}");
        assert_eq!(foreign.bytes.len(), missing.bytes.len(), "{method}");
    }
    let response = app.get(&path(&row)).bearer(&eve).send().await;
    assert_json_snapshot!(response.json(), { ".error.request_id" => redactions::id() }, @r##"
    {
      "error": {
        "code": "not_found",
        "message": "The resource does not exist, or you do not have access.",
        "request_id": "[id]"
      }
    }
    "##);
    assert_eq!(app.get(&path(&row)).bearer(&ada).send().await.json(), row);
}
