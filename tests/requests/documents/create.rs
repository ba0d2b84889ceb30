//! Tests of `POST /api/v1/documents`.

use insta::assert_json_snapshot;
use serde_json::json;

use super::{path, rows, write};
use crate::support::{TestApp, redactions};

#[tokio::test]
async fn document_creation_stores_and_returns_the_document() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let new = json!({ "title": "  Field notes ", "body": "# Field notes\n\nIt rained.\n" });
    let response = app.post("/api/v1/documents").bearer(&user).json(&new).send().await;
    assert_eq!(response.status, 201);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let hidden = (redactions::id(), redactions::time(), redactions::time());
    assert_json_snapshot!(response.json(), {
        ".id" => hidden.0, ".created_at" => hidden.1, ".updated_at" => hidden.2,
    }, @r##"
    {
      "body": "# Field notes\n\nIt rained.\n",
      "created_at": "[time]",
      "id": "[id]",
      "title": "Field notes",
      "updated_at": "[time]"
    }
    "##);
    assert_eq!(response.json()["created_at"], response.json()["updated_at"]);
}

#[tokio::test]
async fn document_body_is_stored_byte_for_byte() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    for body in [
        "",
        " \r\n\t",
        "\u{feff}caf\u{e9} cafe\u{301} \u{1f980}",
        "\u{1}\u{7f}\u{202e}",
        "<script>'\"; DROP TABLE documents; --",
    ] {
        let document = write(&app, &user, "Field notes", body).await;
        assert_eq!(document["body"], body);
        assert_eq!(app.get(&path(&document)).bearer(&user).send().await.json(), document);
    }
}

#[tokio::test]
async fn document_creation_ignores_byte_order_marks_around_json_and_title() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let body = "\u{feff}{\"title\": \"\u{feff}Field notes\", \"body\": \"b\"}";
    let new = app.post("/api/v1/documents").bearer(&user).header("content-type", "application/json");
    let response = new.body(body).send().await;
    assert_eq!((response.status.as_u16(), &response.json()["title"]), (201, &json!("Field notes")));
    let blank = json!({ "title": "\u{feff} ", "body": "b" });
    let response = app.post("/api/v1/documents").bearer(&user).json(&blank).send().await;
    assert_eq!(response.status, 422);
}

#[tokio::test]
async fn document_creation_rejects_owner_id_and_timestamps() {
    let app = TestApp::start().await;
    let (user, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    for (field, value) in [
        ("user_id", json!(1)),
        ("owner", eve.user["id"].clone()),
        ("id", json!(1)),
        ("pid", eve.user["id"].clone()),
        ("created_at", json!("2026-01-01T00:00:00Z")),
    ] {
        let mut new = json!({ "title": "t", "body": "b" });
        new[field] = value;
        let response = app.post("/api/v1/documents").bearer(&user).json(&new).send().await;
        assert_eq!((response.status.as_u16(), response.error_code().as_str()), (422, "validation_error"));
        let detail = &response.json()["error"]["details"][0];
        assert_eq!((detail["field"].as_str(), detail["code"].as_str()), (Some(field), Some("unknown_field")));
    }
    assert_eq!(rows(&app).await, 0);
}
