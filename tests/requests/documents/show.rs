//! `GET /api/v1/documents/{id}`.

use serde_json::json;

use super::{path, write};
use crate::support::TestApp;

#[tokio::test]
async fn a_document_is_shown_as_it_was_answered_when_it_was_written() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", "It rained.").await;
    let answer = app.get(&path(&document)).bearer(&who).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, Some("no-store")));
    assert_eq!(answer.json(), document);
}

#[tokio::test]
async fn anothers_document_is_not_found_whatever_is_asked_of_it() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let document = write(&app, &who, "Field notes", "It rained.").await;
    let unknown = format!("/api/v1/documents/{}", uuid::Uuid::now_v7());
    let order = format!("/typesettings/{}", uuid::Uuid::now_v7());
    let table = [
        ("GET", ""),
        ("HEAD", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/typesettings"),
        ("GET", order.as_str()),
        ("GET", "/pdf"),
    ];
    for (method, rest) in table {
        let ask = async |path: &str| {
            let request = app.request(method, &format!("{path}{rest}")).bearer(&eve);
            request.json(&json!({ "title": "Hers", "body": "now" })).send().await
        };
        let (hers, nobodys) = (ask(&path(&document)).await, ask(&unknown).await);
        assert_eq!((hers.status.as_u16(), nobodys.status.as_u16()), (404, 404), "{method} {rest}");
        assert_eq!(hers.bytes.len(), nobodys.bytes.len(), "{method} {rest}");
    }
    assert_eq!(app.get(&path(&document)).bearer(&who).send().await.json(), document);
}

#[tokio::test]
async fn the_id_of_one_kind_of_thing_finds_no_other() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", "It rained.").await;
    let id = document["id"].as_str().unwrap();
    let user = who.user["id"].as_str().unwrap();
    for path in [
        format!("/api/v1/uploads/{id}"),
        format!("/api/v1/documents/{user}"),
        format!("/api/v1/documents/{id}/typesettings/{id}"),
    ] {
        assert_eq!(app.get(&path).bearer(&who).send().await.error_code(), "not_found", "{path}");
    }
}
