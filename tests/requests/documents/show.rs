//! Tests of `GET /api/v1/documents/{id}`.

use serde_json::json;

use super::{path, write};
use crate::support::TestApp;

#[tokio::test]
async fn document_is_returned_as_created() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    let response = app.get(&path(&document)).bearer(&user).send().await;
    assert_eq!((response.status.as_u16(), response.header("cache-control")), (200, Some("no-store")));
    assert_eq!(response.json(), document);
}

#[tokio::test]
async fn document_requests_return_404_for_documents_of_other_users() {
    let app = TestApp::start().await;
    let (user, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let document = write(&app, &user, "Field notes", "It rained.").await;
    let unknown = format!("/api/v1/documents/{}", uuid::Uuid::now_v7());
    let typesetting = format!("/typesettings/{}", uuid::Uuid::now_v7());
    let table = [
        ("GET", ""),
        ("HEAD", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/typesettings"),
        ("GET", typesetting.as_str()),
        ("GET", "/pdf"),
    ];
    for (method, rest) in table {
        let send = async |path: &str| {
            let request = app.request(method, &format!("{path}{rest}")).bearer(&eve);
            request.json(&json!({ "title": "Hers", "body": "now" })).send().await
        };
        let (foreign, missing) = (send(&path(&document)).await, send(&unknown).await);
        assert_eq!((foreign.status.as_u16(), missing.status.as_u16()), (404, 404), "{method} {rest}");
        assert_eq!(foreign.bytes.len(), missing.bytes.len(), "{method} {rest}");
    }
    assert_eq!(app.get(&path(&document)).bearer(&user).send().await.json(), document);
}

#[tokio::test]
async fn ids_are_not_valid_for_another_resource() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    let id = document["id"].as_str().unwrap();
    let user_id = user.user["id"].as_str().unwrap();
    for path in [
        format!("/api/v1/uploads/{id}"),
        format!("/api/v1/documents/{user_id}"),
        format!("/api/v1/documents/{id}/typesettings/{id}"),
    ] {
        assert_eq!(app.get(&path).bearer(&user).send().await.error_code(), "not_found", "{path}");
    }
}
