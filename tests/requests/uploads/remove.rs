//! `DELETE /api/v1/uploads/{id}`.

use super::{PNG, files, path, rows, upload};
use crate::support::TestApp;

#[tokio::test]
async fn removing_an_upload_removes_its_file() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let (taken, kept) = (upload(&app, &who, "a.png", PNG).await, upload(&app, &who, "b.png", PNG).await);
    let answer = app.delete(&path(&taken)).bearer(&who).send().await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, String::new()));
    assert_eq!((rows(&app).await, files(&app).len()), (1, 1));
    for (method, rest) in [("GET", ""), ("GET", "/content"), ("DELETE", "")] {
        let answer = app.request(method, &format!("{}{rest}", path(&taken))).bearer(&who).send().await;
        assert_eq!(answer.error_code(), "not_found", "{method} {rest}");
    }
    assert_eq!(app.get(&format!("{}/content", path(&kept))).bearer(&who).send().await.bytes, PNG);
}

#[tokio::test]
async fn an_upload_whose_file_is_gone_can_be_removed_and_not_be_read() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let taken = upload(&app, &who, "a.png", PNG).await;
    std::fs::remove_file(app.folder.path().join(&files(&app)[0])).unwrap();
    let read = app.get(&format!("{}/content", path(&taken))).bearer(&who).send().await;
    assert!(read.status.is_server_error() && !read.text().contains("storage/"), "{}", read.text());
    assert_eq!(app.delete(&path(&taken)).bearer(&who).send().await.status, 204);
    assert_eq!(rows(&app).await, 0);
}

#[tokio::test]
async fn of_two_removals_at_once_neither_is_a_fault() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let taken = upload(&app, &who, "a.png", PNG).await;
    let (first, second) =
        tokio::join!(app.delete(&path(&taken)).bearer(&who).send(), app.delete(&path(&taken)).bearer(&who).send());
    for answer in [first, second] {
        assert!(answer.status == 204 || answer.status == 404, "{}", answer.text());
    }
    assert_eq!((rows(&app).await, files(&app)), (0, vec![]));
}
