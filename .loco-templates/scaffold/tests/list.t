to: "tests/requests/{{ plural }}/list.rs"
---
//! `GET /api/v1/{{ plural }}`.

use insta::assert_json_snapshot;
use serde_json::Value;

use super::{PATH, first,{% if large %} in_list,{% endif %} second, store};
use crate::support::{TestApp, app::SignedIn, redactions};

async fn list(app: &TestApp, who: &SignedIn, query: &str) -> Value {
    let answer = app.get(&format!("{PATH}{query}")).bearer(who).send().await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()
}

#[tokio::test]
async fn an_empty_list_has_the_shape_of_every_list() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    assert_json_snapshot!(list(&app, &who, "").await, @r##"
    {
      "items": [],
      "page": 1,
      "page_size": 20,
      "total_items": 0,
      "total_pages": 0
    }
    "##);
}

#[tokio::test]
async fn a_list_shows_ones_own_newest_first() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    store(&app, &who, &{{ call_first }}).await;
    let hers = store(&app, &eve, &{{ call_first_of_eve }}).await;
    store(&app, &who, &{{ call_second }}).await;
    let page = list(&app, &who, "").await;
    let hidden = (redactions::id(), redactions::time(), redactions::time());
    assert_json_snapshot!(page, { ".items[].id" => hidden.0, ".items[].created_at" => hidden.1, ".items[].updated_at" => hidden.2{{ redacted_items }} }, @r##"
{{ samples.list_shown }}    "##);
    assert_eq!(list(&app, &eve, "").await["items"], Value::Array(vec![{% if large %}in_list(&hers){% else %}hers{% endif %}]));
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let older = store(&app, &who, &{{ call_first }}).await;
    let newer = store(&app, &who, &{{ call_second }}).await;
{%- if large %}
    let (older, newer) = (in_list(&older), in_list(&newer));
{%- endif %}
    for (query, expected, pages) in [
        ("?page_size=1", vec![&newer], 2),
        ("?page=2&page_size=1", vec![&older], 2),
        ("?page=3&page_size=1", vec![], 2),
        ("", vec![&newer, &older], 1),
    ] {
        let page = list(&app, &who, query).await;
        assert_eq!(page["items"].as_array().unwrap().iter().collect::<Vec<_>>(), expected, "{query}");
        assert_eq!((page["total_items"].as_u64(), page["total_pages"].as_u64()), (Some(2), Some(pages)), "{query}");
    }
    for query in ["?page=0", "?page_size=0", "?page_size=101", "?page=x"] {
        let answer = app.get(&format!("{PATH}{query}")).bearer(&who).send().await;
        assert_eq!(answer.error_code(), "bad_request", "{query}");
    }
}
