//! Tests of `GET /api/v1/uploads`.

use insta::assert_json_snapshot;
use serde_json::Value;

use super::{PNG, upload};
use crate::support::{TestApp, app::SignedIn, redactions};

async fn list(app: &TestApp, user: &SignedIn, query: &str) -> Value {
    let response = app.get(&format!("/api/v1/uploads{query}")).bearer(user).send().await;
    assert_eq!(response.status, 200, "{query}: {}", response.text());
    response.json()
}

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|item| item["file_name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn upload_list_has_the_common_format_when_empty() {
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
async fn upload_list_contains_own_files_newest_first() {
    let app = TestApp::start().await;
    let (user, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    upload(&app, &user, "first.png", PNG).await;
    upload(&app, &eve, "hers.png", PNG).await;
    upload(&app, &user, "second.txt", b"words").await;
    let page = list(&app, &user, "").await;
    assert_json_snapshot!(page, { ".items[].id" => redactions::id(), ".items[].created_at" => redactions::time() }, @r#"
    {
      "items": [
        {
          "created_at": "[time]",
          "file_name": "second.txt",
          "id": "[id]",
          "media_type": "text/plain",
          "sha256": "dba36bffa5cab0f922d087a3aeb179f9d4e745df40b323e1b1471402848c8a3e",
          "size": 5
        },
        {
          "created_at": "[time]",
          "file_name": "first.png",
          "id": "[id]",
          "media_type": "image/png",
          "sha256": "9eaf66cb2ab9389f42744617015dfdbfa9a382221513149241ab355a2bd32ea4",
          "size": 33
        }
      ],
      "page": 1,
      "page_size": 20,
      "total_items": 2,
      "total_pages": 1
    }
    "#);
    assert_eq!(names(&list(&app, &eve, "").await), ["hers.png"]);
}

#[tokio::test]
async fn upload_list_is_paginated() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    for number in 1..=5 {
        upload(&app, &user, &format!("{number}"), b"words").await;
    }
    let table = [
        ("?page_size=2", vec!["5", "4"], 1, 2, 3),
        ("?page=2&page_size=2", vec!["3", "2"], 2, 2, 3),
        ("?page=3&page_size=2", vec!["1"], 3, 2, 3),
        ("?page=4&page_size=2", vec![], 4, 2, 3),
        ("?page_size=5", vec!["5", "4", "3", "2", "1"], 1, 5, 1),
        ("?page=1", vec!["5", "4", "3", "2", "1"], 1, 20, 1),
        ("?page_size=100", vec!["5", "4", "3", "2", "1"], 1, 100, 1),
        ("?page=9007199254740991", vec![], 9_007_199_254_740_991_u64, 20, 1),
    ];
    for (query, expected, number, size, pages) in table {
        let page = list(&app, &user, query).await;
        assert_eq!(names(&page), expected, "{query}");
        let facts = ["page", "page_size", "total_items", "total_pages"].map(|name| page[name].as_u64().unwrap());
        assert_eq!(facts, [number, size, 5, pages], "{query}");
    }
}

#[tokio::test]
async fn upload_list_rejects_invalid_pages() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let queries = [
        "page=0",
        "page=-1",
        "page=one",
        "page=",
        "page=1.5",
        "page=18446744073709551615",
        "page=18446744073709551616",
        "page_size=0",
        "page_size=101",
        "page_size=-20",
        "page_size=all",
        "page_size=",
        "page=1&page=2",
    ];
    for query in queries {
        let response = app.get(&format!("/api/v1/uploads?{query}")).bearer(&user).send().await;
        assert_eq!(response.error_code(), "bad_request", "{query}");
    }
}
