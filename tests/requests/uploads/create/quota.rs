//! Tests of the quota of an account. The quota covers files, documents and PDFs together.

use futures_util::future::join_all;
use loco_rs::config::Config;
use serde_json::json;

use super::super::{files, path, rows, upload};
use crate::support::{TestApp, TestResponse, app::SignedIn};

const QUOTA: usize = 4096;

fn limited(config: &mut Config) {
    config.settings.as_mut().unwrap()["storage"]["upload_quota_bytes"] = json!(QUOTA);
}

async fn hand_over(app: &TestApp, user: &SignedIn, bytes: usize) -> TestResponse {
    app.post("/api/v1/uploads").bearer(user).file("file", &vec![b'x'; bytes]).send().await
}

#[tokio::test]
async fn quota_accepts_files_up_to_the_last_byte() {
    let app = TestApp::start_with(limited).await;
    let (ada, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    upload(&app, &ada, "first", &[b'x'; QUOTA - 1]).await;
    let rejected = hand_over(&app, &ada, 2).await;
    assert_eq!((rejected.status.as_u16(), rejected.error_code().as_str()), (413, "payload_too_large"));
    assert!(rejected.text().contains("Delete files or documents, then try again"), "{}", rejected.text());
    assert_eq!((rows(&app).await, files(&app).len()), (1, 1), "a rejected file is not stored");
    assert_eq!(hand_over(&app, &ada, 1).await.status, 201);
    assert_eq!(hand_over(&app, &eve, QUOTA).await.status, 201, "each account has its own quota");
}

#[tokio::test]
async fn quota_is_freed_by_removing_a_file() {
    let app = TestApp::start_with(limited).await;
    let ada = app.sign_in("ada").await;
    let first = upload(&app, &ada, "first", &[b'x'; QUOTA]).await;
    assert_eq!(hand_over(&app, &ada, QUOTA).await.status, 413);
    assert_eq!(app.delete(&path(&first)).bearer(&ada).send().await.status, 204);
    assert_eq!(hand_over(&app, &ada, QUOTA).await.status, 201);
}

#[tokio::test]
async fn concurrent_uploads_do_not_exceed_the_quota() {
    let app = TestApp::start_with(limited).await;
    let ada = app.sign_in("ada").await;
    let responses = join_all((0..12).map(|_| hand_over(&app, &ada, QUOTA / 4))).await;
    let statuses: Vec<u16> = responses.iter().map(|response| response.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 4, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 413).count(), 8, "{statuses:?}");
    assert_eq!((rows(&app).await, files(&app).len()), (4, 4), "rejected files are not stored");
}

async fn write(app: &TestApp, user: &SignedIn, bytes: usize) -> TestResponse {
    let document = json!({ "title": "t", "body": "x".repeat(bytes - 1) });
    app.post("/api/v1/documents").bearer(user).json(&document).send().await
}

#[tokio::test]
async fn quota_is_shared_by_documents_and_files() {
    let app = TestApp::start_with(limited).await;
    let ada = app.sign_in("ada").await;
    let document = write(&app, &ada, QUOTA / 2).await;
    assert_eq!(document.status, 201);
    assert_eq!(hand_over(&app, &ada, QUOTA / 2 + 1).await.error_code(), "payload_too_large");
    assert_eq!(hand_over(&app, &ada, QUOTA / 2).await.status, 201);
    let rejected = write(&app, &ada, 2).await;
    assert_eq!((rejected.status.as_u16(), rejected.error_code().as_str()), (413, "payload_too_large"));
    let page = app.get("/api/v1/documents").bearer(&ada).send().await.json();
    assert_eq!(page["total_items"], 1, "a rejected document is not stored");
    let path = format!("/api/v1/documents/{}", document.json()["id"].as_str().unwrap());
    assert_eq!(app.delete(&path).bearer(&ada).send().await.status, 204);
    assert_eq!(write(&app, &ada, QUOTA / 2).await.status, 201);
}

#[tokio::test]
async fn document_over_the_quota_can_shrink_but_not_grow() {
    let app = TestApp::start_with(limited).await;
    let ada = app.sign_in("ada").await;
    let document = write(&app, &ada, QUOTA).await.json();
    let path = format!("/api/v1/documents/{}", document["id"].as_str().unwrap());
    let update = async |bytes: usize| {
        let text = json!({ "title": "t", "body": "x".repeat(bytes - 1) });
        app.put(&path).bearer(&ada).json(&text).send().await.status.as_u16()
    };
    assert_eq!(update(QUOTA + 1).await, 413);
    assert_eq!(app.get(&path).bearer(&ada).send().await.json()["body"].as_str().unwrap().len(), QUOTA - 1);
    assert_eq!((update(QUOTA).await, update(QUOTA - 1).await), (200, 200));
}

#[tokio::test]
async fn concurrent_documents_do_not_exceed_the_quota() {
    let app = TestApp::start_with(limited).await;
    let ada = app.sign_in("ada").await;
    let responses = join_all((0..12).map(|_| write(&app, &ada, QUOTA / 4))).await;
    let statuses: Vec<u16> = responses.iter().map(|response| response.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 4, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 413).count(), 8, "{statuses:?}");
}
