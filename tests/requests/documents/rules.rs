//! What a title and a body may be, whether new or in place of an old one.

use ballast::models::documents::MAX_BODY_BYTES;
use serde_json::{Value, json};

use super::{path, rows, write};
use crate::support::TestApp;

/// What is refused, and as what.
fn refused() -> Vec<(Value, Vec<&'static str>)> {
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
async fn what_breaks_a_rule_is_named_and_not_stored() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    for (new, expected) in refused() {
        let answer = app.post("/api/v1/documents").bearer(&who).json(&new).send().await;
        assert_eq!(crate::requests::faults(&answer), expected, "{}", shortened(&new));
    }
    assert_eq!(rows(&app).await, 0);
}

#[tokio::test]
async fn what_breaks_a_rule_does_not_take_the_place_of_what_is_there() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", "It rained.").await;
    for (new, expected) in refused() {
        let answer = app.put(&path(&document)).bearer(&who).json(&new).send().await;
        assert_eq!(crate::requests::faults(&answer), expected, "{}", shortened(&new));
    }
    assert_eq!(app.get(&path(&document)).bearer(&who).send().await.json(), document);
}

#[tokio::test]
async fn what_just_keeps_to_the_rules_is_stored() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let (wide, long) = ("\u{1f980}".repeat(200), "b".repeat(MAX_BODY_BYTES));
    // Every byte of the second is two in JSON.
    let escaped = "\n".repeat(MAX_BODY_BYTES);
    for (title, body) in [("t", long.as_str()), ("t", escaped.as_str()), (wide.as_str(), "b"), (" t ", "b")] {
        let document = write(&app, &who, title, body).await;
        assert!(document["title"] == title.trim() && document["body"] == body, "{}", shortened(&document));
    }
}

#[tokio::test]
async fn a_request_far_larger_than_any_document_is_not_read() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let huge = json!({ "title": "t", "body": "b".repeat(7 * MAX_BODY_BYTES) });
    let answer = app.post("/api/v1/documents").bearer(&who).json(&huge).send().await;
    assert_eq!(answer.error_code(), "payload_too_large");
}
