//! Files: taken in, listed, shown, given back, removed.

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

/// Makes the only upload a sparse file of 1 TiB, which no request can read to its end. Asserts that a range of its last
/// bytes can be read all the same.
pub async fn assert_last_bytes_are_read_alone(app: &TestApp, who: &SignedIn, upload: &Value, stored: &Path) {
    const SIZE: u64 = 1 << 40;
    std::fs::File::options().write(true).open(stored).unwrap().set_len(SIZE).unwrap();
    let size = Expr::value(i64::try_from(SIZE).unwrap());
    uploads::Entity::update_many().col_expr(uploads::Column::Size, size).exec(&app.ctx.db).await.unwrap();
    let request = app.get(&format!("{}/content", path(upload))).bearer(who).header("range", "bytes=-2").send();
    let answer = timeout(Duration::from_mins(1), request).await.expect("more than the range was read");
    assert_eq!((answer.status.as_u16(), &answer.bytes[..]), (206, &[0, 0][..]));
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
pub async fn rows(app: &TestApp) -> u64 {
    use sea_orm::{EntityTrait, PaginatorTrait};
    ballast::models::uploads::Entity::find().count(&app.db).await.unwrap()
}
