//! Documents: written, listed, shown, rewritten, removed.

mod create;
mod list;
mod remove;
mod rewrite;
mod rules;
mod show;

use serde_json::{Value, json};

use crate::support::{TestApp, app::SignedIn};

/// Writes a document and gives what is answered.
pub async fn write(app: &TestApp, who: &SignedIn, title: &str, body: &str) -> Value {
    let answer = app.post("/api/v1/documents").bearer(who).json(&json!({ "title": title, "body": body })).send().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// One that this person has, whatever it is: for the tests of what refers to one.
#[allow(dead_code, reason = "nothing may refer to one yet")]
pub async fn some(app: &TestApp, who: &SignedIn) -> Value {
    write(app, who, "Field notes", "It rained.").await
}

/// Where a document is found.
pub fn path(document: &Value) -> String {
    format!("/api/v1/documents/{}", document["id"].as_str().unwrap())
}

/// How many documents there are, whosever they are.
async fn rows(app: &TestApp) -> u64 {
    use sea_orm::{EntityTrait, PaginatorTrait};
    ballast::models::documents::Entity::find().count(&app.db).await.unwrap()
}
