to: "tests/requests/{{ plural }}/list.rs"
---
//! Tests of `GET /api/v1/{{ plural }}`.

use insta::assert_json_snapshot;
use serde_json::Value;

use super::{PATH, create_row, first_body,{% if large_fields %} in_list,{% endif %} second_body};
use crate::support::{TestApp, app::SignedIn, redactions};

async fn list(app: &TestApp, user: &SignedIn, query: &str) -> Value {
    let response = app.get(&format!("{PATH}{query}")).bearer(user).send().await;
    assert_eq!(response.status, 200, "{query}: {}", response.text());
    response.json()
}

#[tokio::test]
async fn list_is_empty_when_the_user_has_no_rows() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada").await;
    assert_json_snapshot!(list(&app, &ada, "").await, @r##"
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
async fn list_returns_own_rows_newest_first_when_two_users_have_rows() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    create_row(&app, &ada, &{{ first_body }}).await;
    let other = create_row(&app, &eve, &{{ first_body_of_eve }}).await;
    create_row(&app, &ada, &{{ second_body }}).await;
    let page = list(&app, &ada, "").await;
    let hidden = (redactions::id(), redactions::time(), redactions::time());
    assert_json_snapshot!(page, { ".items[].id" => hidden.0, ".items[].created_at" => hidden.1, ".items[].updated_at" => hidden.2{{ item_reference_redactions }} }, @r##"
{{ test_values.list_response }}    "##);
    assert_eq!(list(&app, &eve, "").await["items"], Value::Array(vec![{% if large_fields %}in_list(&other){% else %}other{% endif %}]));
}

#[tokio::test]
async fn list_returns_the_requested_page_when_the_query_is_valid() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada").await;
    let older = create_row(&app, &ada, &{{ first_body }}).await;
    let newer = create_row(&app, &ada, &{{ second_body }}).await;
{%- if large_fields %}
    let (older, newer) = (in_list(&older), in_list(&newer));
{%- endif %}
    for (query, expected, pages) in [
        ("?page_size=1", vec![&newer], 2),
        ("?page=2&page_size=1", vec![&older], 2),
        ("?page=3&page_size=1", vec![], 2),
        ("", vec![&newer, &older], 1),
    ] {
        let page = list(&app, &ada, query).await;
        assert_eq!(page["items"].as_array().unwrap().iter().collect::<Vec<_>>(), expected, "{query}");
        assert_eq!((page["total_items"].as_u64(), page["total_pages"].as_u64()), (Some(2), Some(pages)), "{query}");
    }
    for query in ["?page=0", "?page_size=0", "?page_size=101", "?page=x"] {
        let response = app.get(&format!("{PATH}{query}")).bearer(&ada).send().await;
        assert_eq!(response.error_code(), "bad_request", "{query}");
    }
}
