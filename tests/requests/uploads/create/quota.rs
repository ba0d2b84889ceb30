//! The quota of an account: files, documents and PDFs together.

use futures_util::future::join_all;
use loco_rs::config::Config;
use serde_json::json;

use super::super::{files, path, rows, upload};
use crate::support::{Answer, TestApp, app::SignedIn};

const QUOTA: usize = 4096;

fn limited(config: &mut Config) {
    config.settings.as_mut().unwrap()["storage"]["upload_quota_bytes"] = json!(QUOTA);
}

async fn hand_over(app: &TestApp, who: &SignedIn, bytes: usize) -> Answer {
    app.post("/api/v1/uploads").bearer(who).file("file", &vec![b'x'; bytes]).send().await
}

#[tokio::test]
async fn files_fit_to_the_last_byte_and_no_further() {
    let app = TestApp::start_with(limited).await;
    let (ada, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    upload(&app, &ada, "first", &[b'x'; QUOTA - 1]).await;
    let refused = hand_over(&app, &ada, 2).await;
    assert_eq!((refused.status.as_u16(), refused.error_code().as_str()), (413, "payload_too_large"));
    assert!(refused.text().contains("Delete files or documents, then try again"), "{}", refused.text());
    assert_eq!((rows(&app).await, files(&app).len()), (1, 1), "what is refused leaves nothing");
    assert_eq!(hand_over(&app, &ada, 1).await.status, 201);
    assert_eq!(hand_over(&app, &eve, QUOTA).await.status, 201, "each account has its own room");
}

#[tokio::test]
async fn a_removed_file_gives_its_room_back() {
    let app = TestApp::start_with(limited).await;
    let ada = app.sign_in("ada").await;
    let first = upload(&app, &ada, "first", &[b'x'; QUOTA]).await;
    assert_eq!(hand_over(&app, &ada, QUOTA).await.status, 413);
    assert_eq!(app.delete(&path(&first)).bearer(&ada).send().await.status, 204);
    assert_eq!(hand_over(&app, &ada, QUOTA).await.status, 201);
}

#[tokio::test]
async fn of_many_at_once_only_as_many_as_fit_are_taken_in() {
    let app = TestApp::start_with(limited).await;
    let ada = app.sign_in("ada").await;
    let answers = join_all((0..12).map(|_| hand_over(&app, &ada, QUOTA / 4))).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 4, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 413).count(), 8, "{statuses:?}");
    assert_eq!((rows(&app).await, files(&app).len()), (4, 4), "what is refused leaves nothing");
}

async fn write(app: &TestApp, who: &SignedIn, bytes: usize) -> Answer {
    let document = json!({ "title": "t", "body": "x".repeat(bytes - 1) });
    app.post("/api/v1/documents").bearer(who).json(&document).send().await
}

#[tokio::test]
async fn documents_and_files_share_one_quota() {
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
    let rewrite = async |bytes: usize| {
        let text = json!({ "title": "t", "body": "x".repeat(bytes - 1) });
        app.put(&path).bearer(&ada).json(&text).send().await.status.as_u16()
    };
    assert_eq!(rewrite(QUOTA + 1).await, 413);
    assert_eq!(app.get(&path).bearer(&ada).send().await.json()["body"].as_str().unwrap().len(), QUOTA - 1);
    assert_eq!((rewrite(QUOTA).await, rewrite(QUOTA - 1).await), (200, 200));
}

#[tokio::test]
async fn concurrent_documents_of_one_account_do_not_exceed_its_quota() {
    let app = TestApp::start_with(limited).await;
    let ada = app.sign_in("ada").await;
    let answers = join_all((0..12).map(|_| write(&app, &ada, QUOTA / 4))).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 4, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 413).count(), 8, "{statuses:?}");
}
