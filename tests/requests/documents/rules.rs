//! Tests of field rules of documents. The rules apply to creation and update.

use ballast::models::documents::MAX_BODY_BYTES;
use serde_json::{Value, json};

use super::{path, rows, write};
use crate::support::TestApp;

/// Returns invalid documents with the expected field errors.
fn rejected() -> Vec<(Value, Vec<&'static str>)> {
    let document = |title: &str, body: &str| json!({ "title": title, "body": body });
    vec![
        (document("", "b"), vec!["title:length"]),
        (document(" \u{3000}\t ", "b"), vec!["title:length"]),
        (document(&"t".repeat(201), "b"), vec!["title:length"]),
        (document(&"\u{1f980}".repeat(201), "b"), vec!["title:length"]),
        (document("two\nlines", "b"), vec!["title:characters"]),
        (document("nul\0", "b"), vec!["title:characters"]),
        (document("t", "nul\0"), vec!["body:characters"]),
        (document("t", &"b".repeat(MAX_BODY_BYTES + 1)), vec!["body:max_length"]),
        (document("t", &"\u{e9}".repeat(MAX_BODY_BYTES / 2 + 1)), vec!["body:max_length"]),
        (document("", "\0"), vec!["body:characters", "title:length"]),
        (json!({ "title": "t" }), vec!["body:required"]),
        (json!({ "body": "b" }), vec!["title:required"]),
        (json!({ "title": null, "body": "b" }), vec!["title:type"]),
        (json!({ "title": "t", "body": ["b"] }), vec!["body:type"]),
    ]
}

fn shortened(value: &Value) -> String {
    value.to_string().chars().take(60).collect()
}

#[tokio::test]
async fn document_creation_rejects_rule_violations() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    for (new, expected) in rejected() {
        let response = app.post("/api/v1/documents").bearer(&user).json(&new).send().await;
        assert_eq!(crate::requests::field_errors(&response), expected, "{}", shortened(&new));
    }
    assert_eq!(rows(&app).await, 0);
}

#[tokio::test]
async fn document_update_rejects_rule_violations_and_keeps_the_document() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    for (new, expected) in rejected() {
        let response = app.put(&path(&document)).bearer(&user).json(&new).send().await;
        assert_eq!(crate::requests::field_errors(&response), expected, "{}", shortened(&new));
    }
    assert_eq!(app.get(&path(&document)).bearer(&user).send().await.json(), document);
}

#[tokio::test]
async fn document_creation_accepts_values_at_the_limits() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let (wide, long) = ("\u{1f980}".repeat(200), "b".repeat(MAX_BODY_BYTES));
    // Uses a body of line breaks, because each line break needs two bytes in JSON.
    let escaped = "\n".repeat(MAX_BODY_BYTES);
    for (title, body) in [("t", long.as_str()), ("t", escaped.as_str()), (wide.as_str(), "b"), (" t ", "b")] {
        let document = write(&app, &user, title, body).await;
        assert!(document["title"] == title.trim() && document["body"] == body, "{}", shortened(&document));
    }
}

#[tokio::test]
async fn document_creation_rejects_a_body_far_over_the_limit() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let huge = json!({ "title": "t", "body": "b".repeat(7 * MAX_BODY_BYTES) });
    let response = app.post("/api/v1/documents").bearer(&user).json(&huge).send().await;
    assert_eq!(response.error_code(), "payload_too_large");
}
