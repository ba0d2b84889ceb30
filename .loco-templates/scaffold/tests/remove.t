to: "tests/requests/{{ plural }}/remove.rs"
---
//! Tests of `DELETE /api/v1/{{ plural }}/{id}`.

use serde_json::json;

use super::{count_rows, create_row, first_body, path, second_body};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn remove_deletes_only_the_row_when_the_user_owns_it() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada").await;
    let (removed, kept) = (create_row(&app, &ada, &{{ first_body }}).await, create_row(&app, &ada, &{{ second_body }}).await);
    let response = app.delete(&path(&removed)).bearer(&ada).send().await;
    assert_eq!((response.status.as_u16(), response.text()), (204, String::new()));
    for method in ["GET", "DELETE"] {
        let response = app.request(method, &path(&removed)).bearer(&ada).send().await;
        assert_eq!(response.error_code(), "not_found", "{method}");
    }
    assert_eq!(app.get(&path(&kept)).bearer(&ada).send().await.json(), kept);
}

#[tokio::test]
async fn rows_are_deleted_when_their_owner_deletes_the_account() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    create_row(&app, &ada, &{{ first_body }}).await;
    let other = create_row(&app, &eve, &{{ first_body_of_eve }}).await;
    let deletion = app.delete("/api/v1/auth/me").bearer(&ada).json(&json!({ "password": PASSWORD })).send().await;
    assert_eq!(deletion.status, 204, "{}", deletion.text());
    assert_eq!(count_rows(&app).await, 1);
    assert_eq!(app.get(&path(&other)).bearer(&eve).send().await.json(), other);
}
{%- for field in fields %}{% if field.target %}

#[tokio::test]
async fn row_{% if field.nullable %}loses_{{ field.name }}{% else %}is_deleted{% endif %}_when_the_row_of_{{ field.name }}_is_deleted() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada").await;
    let row = create_row(&app, &ada, &{{ first_body }}).await;
    let target = format!("/api/v1/{{ field.target }}/{}", row["{{ field.name }}"].as_str().unwrap());
    assert_eq!(app.delete(&target).bearer(&ada).send().await.status, 204);
{%- if field.nullable %}
    let response = app.get(&path(&row)).bearer(&ada).send().await;
    assert!(response.json()["{{ field.name }}"].is_null(), "{}", response.text());
{%- else %}
    assert_eq!(count_rows(&app).await, 0);
{%- endif %}
}
{%- endif %}{% endfor %}
