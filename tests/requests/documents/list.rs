//! `GET /api/v1/documents`.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::{path, write};
use crate::support::{TestApp, app::SignedIn, redactions};

async fn list(app: &TestApp, who: &SignedIn, query: &str) -> Value {
    let answer = app.get(&format!("/api/v1/documents{query}")).bearer(who).send().await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()
}

fn titles(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_empty_list_has_the_shape_of_every_list() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    assert_json_snapshot!(list(&app, &who, "").await, @r#"
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
async fn a_list_shows_ones_own_documents_newest_first_without_their_text() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    write(&app, &who, "First", "text").await;
    write(&app, &eve, "Hers", "text").await;
    write(&app, &who, "Second", "text").await;
    let page = list(&app, &who, "").await;
    let hidden = (redactions::id(), redactions::time(), redactions::time());
    assert_json_snapshot!(page, { ".items[].id" => hidden.0, ".items[].created_at" => hidden.1, ".items[].updated_at" => hidden.2 }, @r#"
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
async fn a_document_that_is_rewritten_keeps_its_place() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let first = write(&app, &who, "First", "text").await;
    write(&app, &who, "Second", "text").await;
    app.put(&path(&first)).bearer(&who).json(&json!({ "title": "First again", "body": "" })).send().await;
    assert_eq!(titles(&list(&app, &who, "").await), ["Second", "First again"]);
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    for number in 1..=3 {
        write(&app, &who, &number.to_string(), "").await;
    }
    for (query, expected, pages) in [
        ("?page_size=2", vec!["3", "2"], 2),
        ("?page=2&page_size=2", vec!["1"], 2),
        ("?page=3&page_size=2", vec![], 2),
        ("", vec!["3", "2", "1"], 1),
    ] {
        let page = list(&app, &who, query).await;
        assert_eq!(
            (titles(&page), page["total_items"].as_u64(), page["total_pages"].as_u64()),
            (expected, Some(3), Some(pages)),
            "{query}"
        );
    }
    for query in ["?page=0", "?page_size=0", "?page_size=101", "?page=x"] {
        assert_eq!(
            app.get(&format!("/api/v1/documents{query}")).bearer(&who).send().await.error_code(),
            "bad_request",
            "{query}"
        );
    }
}
