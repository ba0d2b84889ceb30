//! Tests of `PUT /api/v1/documents/{id}`.

use chrono::DateTime;
use insta::assert_json_snapshot;
use serde_json::json;

use super::{path, write};
use crate::support::{TestApp, redactions};

#[tokio::test]
async fn document_update_replaces_title_and_body() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let (old, other) =
        (write(&app, &user, "Field notes", "It rained.").await, write(&app, &user, "Other", "text").await);
    let response =
        app.put(&path(&old)).bearer(&user).json(&json!({ "title": " Notes ", "body": "It stopped." })).send().await;
    assert_eq!((response.status.as_u16(), response.header("cache-control")), (200, Some("no-store")));
    let new = response.json();
    let hidden = (redactions::id(), redactions::time(), redactions::time());
    assert_json_snapshot!(new, { ".id" => hidden.0, ".created_at" => hidden.1, ".updated_at" => hidden.2 }, @r#"
    {
      "body": "It stopped.",
      "created_at": "[time]",
      "id": "[id]",
      "title": "Notes",
      "updated_at": "[time]"
    }
    "#);
    assert_eq!((&new["id"], &new["created_at"]), (&old["id"], &old["created_at"]));
    let time = |text: &serde_json::Value| DateTime::parse_from_rfc3339(text.as_str().unwrap()).unwrap();
    assert!(time(&new["updated_at"]) > time(&old["updated_at"]));
    assert_eq!(app.get(&path(&old)).bearer(&user).send().await.json(), new);
    assert_eq!(app.get(&path(&other)).bearer(&user).send().await.json(), other);
}

#[tokio::test]
async fn document_update_rejects_partial_documents() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    for part in [json!({ "title": "Notes" }), json!({ "body": "It stopped." }), json!({})] {
        assert_eq!(
            app.put(&path(&document)).bearer(&user).json(&part).send().await.error_code(),
            "validation_error",
            "{part}"
        );
    }
    assert_eq!(app.get(&path(&document)).bearer(&user).send().await.json(), document);
}

#[tokio::test]
async fn concurrent_document_updates_never_mix() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "0", "0").await;
    let all = (1..=8).map(|number| {
        let text = json!({ "title": number.to_string(), "body": number.to_string().repeat(1000) });
        app.put(&path(&document)).bearer(&user).json(&text).send()
    });
    assert!(futures_util::future::join_all(all).await.iter().all(|response| response.status == 200));
    let kept = app.get(&path(&document)).bearer(&user).send().await.json();
    assert_eq!(kept["body"].as_str().unwrap(), kept["title"].as_str().unwrap().repeat(1000));
}
