//! The room that an account's files have together.

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
    assert!(refused.text().contains("delete others first"), "{}", refused.text());
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
