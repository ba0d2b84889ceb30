//! Tests of the size limit of one file, and of incomplete files.

use std::{io, sync::Arc};

use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt, stream};
use loco_rs::config::Config;
use serde_json::json;
use tokio::sync::Notify;

use super::super::{files, rows};
use crate::support::{
    TestApp, TestResponse,
    app::SignedIn,
    request::{Request, form},
};

const LIMIT: usize = 4096;
const MULTIPART: &str = "multipart/form-data; boundary=edge";

fn limited(config: &mut Config) {
    config.settings.as_mut().unwrap()["storage"]["upload_max_bytes"] = json!(LIMIT);
}

async fn start() -> (TestApp, SignedIn) {
    let app = TestApp::start_with(limited).await;
    let user = app.sign_in("ada").await;
    (app, user)
}

/// Returns an upload request that streams `pieces` without the header `Content-Length`.
fn streamed(app: &TestApp, user: &SignedIn, pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Request {
    app.post("/api/v1/uploads").bearer(user).header("content-type", MULTIPART).body(Body::from_stream(pieces))
}

/// Returns a stream that yields to the runtime before each piece, so that the server reads each piece separately.
fn slowly(pieces: impl Stream<Item = Bytes>) -> impl Stream<Item = io::Result<Bytes>> {
    pieces.then(|piece| async move {
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        Ok(piece)
    })
}

/// Returns a body as a stream of pieces. Each piece has `size` bytes.
fn trickle(body: &[u8], size: usize) -> impl Stream<Item = io::Result<Bytes>> + use<> {
    let pieces: Vec<Bytes> = body.chunks(size).map(Bytes::copy_from_slice).collect();
    slowly(stream::iter(pieces))
}

/// Asserts that no row and no complete or partial file exists.
async fn assert_nothing_is_left(app: &TestApp, case: &str) {
    assert_eq!((rows(app).await, files(app)), (0, vec![]), "{case}");
}

fn assert_too_large(response: &TestResponse, case: &str) {
    assert_eq!((response.status.as_u16(), response.error_code().as_str()), (413, "payload_too_large"), "{case}");
}

#[tokio::test]
async fn upload_accepts_a_file_of_exactly_the_limit() {
    let (app, user) = start().await;
    let whole = form("file", &[b'x'; LIMIT]);
    for response in [
        app.post("/api/v1/uploads").bearer(&user).file("file", &[b'x'; LIMIT]).send().await,
        streamed(&app, &user, trickle(&whole, 100)).send().await,
        streamed(&app, &user, trickle(&whole, 1)).send().await,
    ] {
        assert_eq!((response.status.as_u16(), response.json()["size"].as_u64()), (201, Some(LIMIT as u64)));
    }
}

#[tokio::test]
async fn upload_rejects_one_byte_over_the_limit_and_stores_nothing() {
    let (app, user) = start().await;
    let over = form("file", &[b'x'; LIMIT + 1]);
    let declared = app
        .post("/api/v1/uploads")
        .bearer(&user)
        .header("content-length", &over.len().to_string())
        .file("file", &[b'x'; LIMIT + 1]);
    assert_too_large(&declared.send().await, "with a declared length");
    for size in [1, 100, 4000] {
        assert_too_large(&streamed(&app, &user, trickle(&over, size)).send().await, &format!("in chunks of {size}"));
    }
    assert_nothing_is_left(&app, "one byte more").await;
}

#[tokio::test]
async fn upload_rejects_files_far_over_the_limit() {
    let (app, user) = start().await;
    let over = form("file", &vec![b'x'; 1 << 20]);
    let declared = app
        .post("/api/v1/uploads")
        .bearer(&user)
        .header("content-length", "1073741824")
        .header("content-type", MULTIPART);
    assert_too_large(
        &declared.body(Body::from_stream(stream::pending::<io::Result<Bytes>>())).send().await,
        "before the body is read",
    );
    assert_too_large(&app.post("/api/v1/uploads").bearer(&user).file("file", &over).send().await, "in one chunk");
    for size in [1000, 60_000, 200_000] {
        assert_too_large(&streamed(&app, &user, trickle(&over, size)).send().await, &format!("in chunks of {size}"));
    }
    // Sends the head of the form first, then one piece that is larger than the limit.
    let (head, rest) = over.split_at(200);
    let burst = slowly(stream::iter([Bytes::copy_from_slice(head), Bytes::copy_from_slice(rest)]));
    assert_too_large(&streamed(&app, &user, burst).send().await, "in a burst");
    assert_nothing_is_left(&app, "far too large").await;
}

#[tokio::test]
async fn upload_stops_reading_an_endless_body_at_the_limit() {
    let (app, user) = start().await;
    let head = form("file", b"");
    let head = Bytes::from(head[..head.len() - 12].to_vec());
    let endless = slowly(stream::iter([head]).chain(stream::repeat(Bytes::from_static(&[b'x'; 1000]))));
    assert_too_large(&streamed(&app, &user, endless).send().await, "endless");
    assert_nothing_is_left(&app, "endless").await;
}

#[tokio::test]
async fn upload_stores_nothing_if_the_body_is_truncated() {
    let (app, user) = start().await;
    let whole = form("file", &[b'x'; 2000]);
    for kept in [0, 10, 80, 150, 1000, whole.len() - 14, whole.len() - 5] {
        let response = streamed(&app, &user, trickle(&whole[..kept], 100)).send().await;
        assert_eq!(response.error_code(), "bad_request", "ended after {kept} bytes");
        let broken = trickle(&whole[..kept], 100).chain(stream::iter([Err(io::Error::other("reset by the peer"))]));
        let response = streamed(&app, &user, broken).send().await;
        assert_eq!(response.error_code(), "bad_request", "broken after {kept} bytes");
    }
    assert_nothing_is_left(&app, "broken off").await;
}

#[tokio::test]
async fn upload_stores_nothing_if_the_client_disconnects() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let read = Arc::new(Notify::new());
    let notify = Arc::clone(&read);
    let start = trickle(&form("file", &vec![b'x'; 300_000])[..200_000], 1000);
    // Sends all pieces, notifies the test, and then never ends.
    let silent = start.chain(stream::once(async move {
        notify.notify_one();
        std::future::pending().await
    }));
    tokio::select! {
        response = streamed(&app, &user, silent).send() => panic!("unexpected response {response:?}"),
        () = async {
            read.notified().await;
            assert_eq!(files(&app).len(), 1, "a part of the file is stored");
        } => {}
    }
    assert_nothing_is_left(&app, "gone").await;
}
