//! Tests of the memory limits for all request bodies together and for all response bodies together.

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
    support::{TestApp, TestResponse, app::SignedIn},
};

const MIB: usize = 1024 * 1024;

fn with_8_mib(config: &mut Config) {
    config.settings.as_mut().unwrap()["serving"]["max_body_memory_bytes"] = json!(8 * MIB);
}

/// Sends `bytes` bytes of a body that never ends. Notifies `read` after the server has read these bytes.
async fn send_incomplete(app: &TestApp, user: &SignedIn, bytes: usize, read: Arc<Notify>) {
    let first = stream::iter([Ok::<_, io::Error>(Bytes::from(vec![b' '; bytes]))]);
    let rest = stream::once(async move {
        read.notify_one();
        pending().await
    });
    let body = Body::from_stream(first.chain(rest));
    let request = app.post("/api/v1/documents").bearer(user).header("content-type", "application/json");
    panic!("unexpected response {:?}", request.body(body).send().await);
}

fn assert_unavailable(response: &TestResponse) {
    assert_eq!((response.error_code().as_str(), response.header("retry-after")), ("service_unavailable", Some("1")));
}

#[tokio::test]
async fn requests_over_the_body_memory_limit_return_503_and_store_nothing() {
    let app = TestApp::start_with(with_8_mib).await;
    let user = app.sign_in("ada").await;
    let large = json!({ "title": "t", "body": "x".repeat(MIB) });
    let upload = async || app.post("/api/v1/uploads").bearer(&user).file("a.txt", &vec![b'x'; 200_000]).send().await;
    let write = async || app.post("/api/v1/documents").bearer(&user).json(&large).send().await;
    let (first, second) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    tokio::select! {
        () = send_incomplete(&app, &user, 5 * MIB, Arc::clone(&first)) => {}
        () = send_incomplete(&app, &user, 3 * MIB, Arc::clone(&second)) => {}
        () = async {
            first.notified().await;
            second.notified().await;
            assert_unavailable(&upload().await);
            assert_unavailable(&write().await);
            let small = json!({ "title": "t", "body": "x" });
            assert_eq!(app.post("/api/v1/documents").bearer(&user).json(&small).send().await.status, 201);
        } => {}
    }
    assert_eq!((rows(&app).await, files(&app)), (0, vec![]));
    assert_eq!((upload().await.status.as_u16(), write().await.status.as_u16()), (201, 201), "the memory is free again");
}

#[tokio::test]
async fn reads_over_the_response_memory_limit_return_503_but_writes_succeed() {
    let app = TestApp::start_with(with_8_mib).await;
    let user = app.sign_in("ada").await;
    let text = json!({ "title": "t", "body": "\u{1}".repeat(MIB - 200_000) });
    let document = app.post("/api/v1/documents").bearer(&user).json(&text).send().await.json();
    let show = async || app.get(&path(&document)).bearer(&user).send().await;
    // Keeps the response, because its body counts toward the memory limit until the response is dropped.
    let unsent = show().await;
    assert_eq!(unsent.status, 200);
    assert_unavailable(&show().await);
    assert_eq!(app.put(&path(&document)).bearer(&user).json(&text).send().await.status, 200);
    drop(unsent);
    assert_eq!(show().await.status, 200);
}
