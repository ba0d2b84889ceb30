//! Tests of `DELETE /api/v1/uploads/{id}`.

use super::{PNG, files, path, rows, upload};
use crate::support::TestApp;

#[tokio::test]
async fn upload_removal_deletes_its_file() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let (taken, kept) = (upload(&app, &user, "a.png", PNG).await, upload(&app, &user, "b.png", PNG).await);
    let response = app.delete(&path(&taken)).bearer(&user).send().await;
    assert_eq!((response.status.as_u16(), response.text()), (204, String::new()));
    assert_eq!((rows(&app).await, files(&app).len()), (1, 1));
    for (method, rest) in [("GET", ""), ("GET", "/content"), ("DELETE", "")] {
        let response = app.request(method, &format!("{}{rest}", path(&taken))).bearer(&user).send().await;
        assert_eq!(response.error_code(), "not_found", "{method} {rest}");
    }
    assert_eq!(app.get(&format!("{}/content", path(&kept))).bearer(&user).send().await.bytes, PNG);
}

#[tokio::test]
async fn upload_without_its_file_can_be_removed_but_not_read() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let taken = upload(&app, &user, "a.png", PNG).await;
    std::fs::remove_file(app.folder.path().join(&files(&app)[0])).unwrap();
    let read = app.get(&format!("{}/content", path(&taken))).bearer(&user).send().await;
    assert!(read.status.is_server_error() && !read.text().contains("storage/"), "{}", read.text());
    assert_eq!(app.delete(&path(&taken)).bearer(&user).send().await.status, 204);
    assert_eq!(rows(&app).await, 0);
}

#[tokio::test]
async fn concurrent_upload_removals_succeed() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let taken = upload(&app, &user, "a.png", PNG).await;
    let (first, second) =
        tokio::join!(app.delete(&path(&taken)).bearer(&user).send(), app.delete(&path(&taken)).bearer(&user).send());
    for response in [first, second] {
        assert!(response.status == 204 || response.status == 404, "{}", response.text());
    }
    assert_eq!((rows(&app).await, files(&app)), (0, vec![]));
}
