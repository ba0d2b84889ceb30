//! Files: taken in, listed, shown, given back, removed.

mod content;
mod create;
mod list;
mod remove;
mod show;

use std::path::Path;

use serde_json::Value;

use crate::support::{TestApp, app::SignedIn};

/// The start of a picture: as much of one as its type is told from.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde";

/// Hands a file over and gives what is answered.
pub async fn upload(app: &TestApp, who: &SignedIn, name: &str, bytes: &[u8]) -> Value {
    let answer = app.post("/api/v1/uploads").bearer(who).file(name, bytes).send().await;
    assert_eq!(answer.status, 201, "{name}: {}", answer.text());
    answer.json()
}

/// One that this person has, whatever it is: for the tests of what refers to one.
#[allow(dead_code, reason = "nothing may refer to one yet")]
pub async fn some(app: &TestApp, who: &SignedIn) -> Value {
    upload(app, who, "picture.png", PNG).await
}

/// Where an upload is found.
pub fn path(upload: &Value) -> String {
    format!("/api/v1/uploads/{}", upload["id"].as_str().unwrap())
}

/// Every file of the test's folder but those of its database and the mark of its store, sorted.
pub fn files(app: &TestApp) -> Vec<String> {
    let mut found = Vec::new();
    walk(app.folder.path(), &mut found);
    let root = format!("{}/", app.folder.path().display());
    let mut names: Vec<String> = found.iter().map(|path| path.strip_prefix(&root).unwrap().to_owned()).collect();
    names.retain(|name| !name.starts_with("test.sqlite") && name != "storage/ballast");
    names.sort();
    names
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, found) } else { found.push(path.display().to_string()) }
    }
}

/// How many uploads there are, whosever they are.
async fn rows(app: &TestApp) -> u64 {
    use sea_orm::{EntityTrait, PaginatorTrait};
    ballast::models::uploads::Entity::find().count(&app.db).await.unwrap()
}
