to: "tests/requests/{{ plural }}/remove.rs"
---
//! `DELETE /api/v1/{{ plural }}/{id}`.

use serde_json::json;

use super::{first, path, rows, second, store};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn what_is_removed_is_gone() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let (gone, kept) = (store(&app, &who, &{{ call_first }}).await, store(&app, &who, &{{ call_second }}).await);
    let answer = app.delete(&path(&gone)).bearer(&who).send().await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, String::new()));
    for method in ["GET", "DELETE"] {
        let answer = app.request(method, &path(&gone)).bearer(&who).send().await;
        assert_eq!(answer.error_code(), "not_found", "{method}");
    }
    assert_eq!(app.get(&path(&kept)).bearer(&who).send().await.json(), kept);
}

#[tokio::test]
async fn an_account_takes_along_what_it_has_stored() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    store(&app, &who, &{{ call_first }}).await;
    let hers = store(&app, &eve, &{{ call_first_of_eve }}).await;
    let removal = app.delete("/api/v1/auth/me").bearer(&who).json(&json!({ "password": PASSWORD })).send().await;
    assert_eq!(removal.status, 204, "{}", removal.text());
    assert_eq!(rows(&app).await, 1);
    assert_eq!(app.get(&path(&hers)).bearer(&eve).send().await.json(), hers);
}
{%- for field in fields %}{% if field.target %}

#[tokio::test]
async fn {% if field.nullable %}without_what_{{ field.name }}_names_it_stays{% else %}what_{{ field.name }}_names_takes_it_along{% endif %}() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let {{ singular }} = store(&app, &who, &{{ call_first }}).await;
    let named = format!("/api/v1/{{ field.target }}/{}", {{ singular }}["{{ field.name }}"].as_str().unwrap());
    assert_eq!(app.delete(&named).bearer(&who).send().await.status, 204);
{%- if field.nullable %}
    let answer = app.get(&path(&{{ singular }})).bearer(&who).send().await;
    assert!(answer.json()["{{ field.name }}"].is_null(), "{}", answer.text());
{%- else %}
    assert_eq!(rows(&app).await, 0);
{%- endif %}
}
{%- endif %}{% endfor %}
