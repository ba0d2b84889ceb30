//! Tests of documents: create, list, show, update and remove.

mod create;
mod list;
mod remove;
mod rules;
mod show;
mod update;

use serde_json::{Value, json};

use crate::support::{TestApp, app::SignedIn};

/// Creates a document. Returns the body of the response.
pub async fn write(app: &TestApp, user: &SignedIn, title: &str, body: &str) -> Value {
    let response =
        app.post("/api/v1/documents").bearer(user).json(&json!({ "title": title, "body": body })).send().await;
    assert_eq!(response.status, 201, "{}", response.text());
    response.json()
}

/// Creates a document of this user with any content, for tests of tables that reference documents.
#[allow(dead_code, reason = "used by generated tests only")]
pub async fn some(app: &TestApp, user: &SignedIn) -> Value {
    write(app, user, "Field notes", "It rained.").await
}

/// Returns the path of a document.
pub fn path(document: &Value) -> String {
    format!("/api/v1/documents/{}", document["id"].as_str().unwrap())
}

/// Returns the number of documents of all users.
async fn rows(app: &TestApp) -> u64 {
    use sea_orm::{EntityTrait, PaginatorTrait};
    ballast::models::documents::Entity::find().count(&app.db).await.unwrap()
}
