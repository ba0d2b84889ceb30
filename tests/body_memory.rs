//! The memory that the bodies of all requests may take together, and those of all responses.

use std::{future::pending, io, sync::Arc};

use axum::body::{Body, Bytes};
use futures_util::{StreamExt, stream};
use loco_rs::config::Config;
use serde_json::json;
use tokio::sync::Notify;

use crate::{
    requests::{
        documents::path,
        uploads::{files, rows},
    },
    support::{Answer, TestApp, app::SignedIn},
};

const MIB: usize = 1024 * 1024;

fn small(config: &mut Config) {
    config.settings.as_mut().unwrap()["serving"]["max_body_memory_bytes"] = json!(8 * MIB);
}

/// Sends a body that pauses for good after these bytes. `read` is notified once they have been read.
async fn hold(app: &TestApp, who: &SignedIn, bytes: usize, read: Arc<Notify>) {
    let first = stream::iter([Ok::<_, io::Error>(Bytes::from(vec![b' '; bytes]))]);
    let rest = stream::once(async move {
        read.notify_one();
        pending().await
    });
    let body = Body::from_stream(first.chain(rest));
    let request = app.post("/api/v1/documents").bearer(who).header("content-type", "application/json");
    panic!("responded {:?}", request.body(body).send().await);
}

fn assert_unavailable(answer: &Answer) {
    assert_eq!((answer.error_code().as_str(), answer.header("retry-after")), ("service_unavailable", Some("1")));
}

#[tokio::test]
async fn requests_beyond_the_memory_for_bodies_are_unavailable_and_leave_nothing() {
    let app = TestApp::start_with(small).await;
    let who = app.sign_in("ada").await;
    let large = json!({ "title": "t", "body": "x".repeat(MIB) });
    let upload = async || app.post("/api/v1/uploads").bearer(&who).file("a.txt", &vec![b'x'; 200_000]).send().await;
    let write = async || app.post("/api/v1/documents").bearer(&who).json(&large).send().await;
    let (first, second) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    tokio::select! {
        () = hold(&app, &who, 5 * MIB, Arc::clone(&first)) => {}
        () = hold(&app, &who, 3 * MIB, Arc::clone(&second)) => {}
        () = async {
            first.notified().await;
            second.notified().await;
            assert_unavailable(&upload().await);
            assert_unavailable(&write().await);
            let small = json!({ "title": "t", "body": "x" });
            assert_eq!(app.post("/api/v1/documents").bearer(&who).json(&small).send().await.status, 201);
        } => {}
    }
    assert_eq!((rows(&app).await, files(&app)), (0, vec![]));
    assert_eq!((upload().await.status.as_u16(), write().await.status.as_u16()), (201, 201), "the clients have left");
}

#[tokio::test]
async fn reads_beyond_the_memory_for_responses_are_unavailable_and_writes_are_not() {
    let app = TestApp::start_with(small).await;
    let who = app.sign_in("ada").await;
    let text = json!({ "title": "t", "body": "\u{1}".repeat(MIB - 200_000) });
    let document = app.post("/api/v1/documents").bearer(&who).json(&text).send().await.json();
    let show = async || app.get(&path(&document)).bearer(&who).send().await;
    // The response is in memory until it is dropped.
    let unsent = show().await;
    assert_eq!(unsent.status, 200);
    assert_unavailable(&show().await);
    assert_eq!(app.put(&path(&document)).bearer(&who).json(&text).send().await.status, 200);
    drop(unsent);
    assert_eq!(show().await.status, 200);
}
