//! Tests of `GET /api/v1/documents`.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::{path, write};
use crate::support::{TestApp, app::SignedIn, redactions};

async fn list(app: &TestApp, user: &SignedIn, query: &str) -> Value {
    let response = app.get(&format!("/api/v1/documents{query}")).bearer(user).send().await;
    assert_eq!(response.status, 200, "{query}: {}", response.text());
    response.json()
}

fn titles(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn document_list_has_the_common_format_when_empty() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    assert_json_snapshot!(list(&app, &user, "").await, @r#"
    {
      "items": [],
      "page": 1,
      "page_size": 20,
      "total_items": 0,
      "total_pages": 0
    }
    "#);
}

#[tokio::test]
async fn document_list_contains_own_documents_newest_first_without_bodies() {
    let app = TestApp::start().await;
    let (user, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    write(&app, &user, "First", "text").await;
    write(&app, &eve, "Hers", "text").await;
    write(&app, &user, "Second", "text").await;
    let page = list(&app, &user, "").await;
    let hidden = (redactions::id(), redactions::time(), redactions::time());
    assert_json_snapshot!(page, {
        ".items[].id" => hidden.0, ".items[].created_at" => hidden.1, ".items[].updated_at" => hidden.2,
    }, @r#"
    {
      "items": [
        {
          "created_at": "[time]",
          "id": "[id]",
          "title": "Second",
          "updated_at": "[time]"
        },
        {
          "created_at": "[time]",
          "id": "[id]",
          "title": "First",
          "updated_at": "[time]"
        }
      ],
      "page": 1,
      "page_size": 20,
      "total_items": 2,
      "total_pages": 1
    }
    "#);
    assert_eq!(titles(&list(&app, &eve, "").await), ["Hers"]);
}

#[tokio::test]
async fn document_list_keeps_its_sequence_after_an_update() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let first = write(&app, &user, "First", "text").await;
    write(&app, &user, "Second", "text").await;
    app.put(&path(&first)).bearer(&user).json(&json!({ "title": "First again", "body": "" })).send().await;
    assert_eq!(titles(&list(&app, &user, "").await), ["Second", "First again"]);
}

#[tokio::test]
async fn document_list_is_paginated() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    for number in 1..=3 {
        write(&app, &user, &number.to_string(), "").await;
    }
    for (query, expected, pages) in [
        ("?page_size=2", vec!["3", "2"], 2),
        ("?page=2&page_size=2", vec!["1"], 2),
        ("?page=3&page_size=2", vec![], 2),
        ("", vec!["3", "2", "1"], 1),
    ] {
        let page = list(&app, &user, query).await;
        assert_eq!(
            (titles(&page), page["total_items"].as_u64(), page["total_pages"].as_u64()),
            (expected, Some(3), Some(pages)),
            "{query}"
        );
    }
    for query in ["?page=0", "?page_size=0", "?page_size=101", "?page=x"] {
        assert_eq!(
            app.get(&format!("/api/v1/documents{query}")).bearer(&user).send().await.error_code(),
            "bad_request",
            "{query}"
        );
    }
}
