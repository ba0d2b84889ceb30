//! `GET /api/v1/uploads/{id}`.

use super::{PNG, path, upload};
use crate::support::TestApp;

#[tokio::test]
async fn an_upload_is_shown_as_it_was_answered_when_it_came() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let taken = upload(&app, &who, "photo.png", PNG).await;
    let answer = app.get(&path(&taken)).bearer(&who).send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.json(), taken);
}

#[tokio::test]
async fn anothers_upload_is_not_found_whatever_is_asked_of_it() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let taken = upload(&app, &who, "photo.png", PNG).await;
    let unknown = format!("/api/v1/uploads/{}", uuid::Uuid::now_v7());
    for (method, rest) in [("GET", ""), ("HEAD", ""), ("GET", "/content"), ("HEAD", "/content"), ("DELETE", "")] {
        let hers = app.request(method, &format!("{}{rest}", path(&taken))).bearer(&eve).send().await;
        let nobodys = app.request(method, &format!("{unknown}{rest}")).bearer(&eve).send().await;
        assert_eq!((hers.status.as_u16(), nobodys.status.as_u16()), (404, 404), "{method} {rest}");
        // Nothing tells a thing of another from a thing that is not.
        assert_eq!(hers.bytes.len(), nobodys.bytes.len(), "{method} {rest}");
    }
    assert_eq!(app.get(&format!("{}/content", path(&taken))).bearer(&who).send().await.bytes, PNG);
}

#[tokio::test]
async fn an_id_is_found_in_any_spelling_of_a_uuid_that_is_one() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let taken = upload(&app, &who, "photo.png", PNG).await;
    let id = taken["id"].as_str().unwrap();
    let answer = app.get(&format!("/api/v1/uploads/{}", id.to_uppercase())).bearer(&who).send().await;
    assert_eq!(answer.json(), taken);
    for nonsense in ["1", "%00", "..%2f..", &id[1..], &format!("{id}%0a")] {
        let answer = app.get(&format!("/api/v1/uploads/{nonsense}")).bearer(&who).send().await;
        assert_eq!(answer.error_code(), "bad_request", "{nonsense}");
    }
}
