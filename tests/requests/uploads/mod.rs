//! Tests of uploads: create, list, show, read and remove.

mod content;
mod create;
mod list;
mod remove;
mod show;

use std::{path::Path, time::Duration};

use ballast::models::uploads;
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::Value;
use tokio::time::timeout;

use crate::support::{TestApp, app::SignedIn};

/// First bytes of a PNG image. These bytes are enough to detect the media type.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde";

/// Uploads a file. Returns the body of the response.
pub async fn upload(app: &TestApp, user: &SignedIn, name: &str, bytes: &[u8]) -> Value {
    let response = app.post("/api/v1/uploads").bearer(user).file(name, bytes).send().await;
    assert_eq!(response.status, 201, "{name}: {}", response.text());
    response.json()
}

/// Uploads a file of this user with any content, for tests of tables that reference uploads.
#[allow(dead_code, reason = "used by generated tests only")]
pub async fn some(app: &TestApp, user: &SignedIn) -> Value {
    upload(app, user, "picture.png", PNG).await
}

/// Extends the only upload to a sparse file of 1 TiB, and requests its last two bytes.
///
/// Asserts that the response contains exactly these bytes. No request could read the whole file in time.
pub async fn assert_last_bytes_are_readable(app: &TestApp, user: &SignedIn, upload: &Value, stored: &Path) {
    const SIZE: u64 = 1 << 40;
    std::fs::File::options().write(true).open(stored).unwrap().set_len(SIZE).unwrap();
    let size = Expr::value(i64::try_from(SIZE).unwrap());
    uploads::Entity::update_many().col_expr(uploads::Column::Size, size).exec(&app.ctx.db).await.unwrap();
    let request = app.get(&format!("{}/content", path(upload))).bearer(user).header("range", "bytes=-2").send();
    let response = timeout(Duration::from_mins(1), request).await.expect("more than the range was read");
    assert_eq!((response.status.as_u16(), &response.bytes[..]), (206, &[0, 0][..]));
}

/// Returns the path of an upload.
pub fn path(upload: &Value) -> String {
    format!("/api/v1/uploads/{}", upload["id"].as_str().unwrap())
}

/// Returns the sorted names of all files of the test. Excludes the database and the marker file of the storage.
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

/// Returns the number of uploads of all users.
pub async fn rows(app: &TestApp) -> u64 {
    use sea_orm::{EntityTrait, PaginatorTrait};
    ballast::models::uploads::Entity::find().count(&app.db).await.unwrap()
}
