//! Tests of `GET /api/v1/uploads/{id}`.

use super::{PNG, path, upload};
use crate::support::TestApp;

#[tokio::test]
async fn upload_is_returned_as_created() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let taken = upload(&app, &user, "photo.png", PNG).await;
    let response = app.get(&path(&taken)).bearer(&user).send().await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.json(), taken);
}

#[tokio::test]
async fn upload_requests_return_404_for_uploads_of_other_users() {
    let app = TestApp::start().await;
    let (user, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let taken = upload(&app, &user, "photo.png", PNG).await;
    let unknown = format!("/api/v1/uploads/{}", uuid::Uuid::now_v7());
    for (method, rest) in [("GET", ""), ("HEAD", ""), ("GET", "/content"), ("HEAD", "/content"), ("DELETE", "")] {
        let foreign = app.request(method, &format!("{}{rest}", path(&taken))).bearer(&eve).send().await;
        let missing = app.request(method, &format!("{unknown}{rest}")).bearer(&eve).send().await;
        assert_eq!((foreign.status.as_u16(), missing.status.as_u16()), (404, 404), "{method} {rest}");
        // Both responses must have equal lengths, because a difference would reveal that the upload exists.
        assert_eq!(foreign.bytes.len(), missing.bytes.len(), "{method} {rest}");
    }
    assert_eq!(app.get(&format!("{}/content", path(&taken))).bearer(&user).send().await.bytes, PNG);
}

#[tokio::test]
async fn upload_id_is_case_insensitive_and_validated() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let taken = upload(&app, &user, "photo.png", PNG).await;
    let id = taken["id"].as_str().unwrap();
    let response = app.get(&format!("/api/v1/uploads/{}", id.to_uppercase())).bearer(&user).send().await;
    assert_eq!(response.json(), taken);
    for nonsense in ["1", "%00", "..%2f..", &id[1..], &format!("{id}%0a")] {
        let response = app.get(&format!("/api/v1/uploads/{nonsense}")).bearer(&user).send().await;
        assert_eq!(response.error_code(), "bad_request", "{nonsense}");
    }
}
