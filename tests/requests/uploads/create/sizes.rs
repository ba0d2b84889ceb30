//! The limit of one file, and files that do not arrive whole.

use std::{io, sync::Arc};

use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt, stream};
use loco_rs::config::Config;
use serde_json::json;
use tokio::sync::Notify;

use super::super::{files, rows};
use crate::support::{
    Answer, TestApp,
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
    let who = app.sign_in("ada").await;
    (app, who)
}

/// An upload of these pieces, of no length that is told before.
fn streamed(app: &TestApp, who: &SignedIn, pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Request {
    app.post("/api/v1/uploads").bearer(who).header("content-type", MULTIPART).body(Body::from_stream(pieces))
}

/// Pieces as a network brings them: whoever waits for one is asked more than once.
fn slowly(pieces: impl Stream<Item = Bytes>) -> impl Stream<Item = io::Result<Bytes>> {
    pieces.then(|piece| async move {
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        Ok(piece)
    })
}

/// A body in pieces of this size.
fn trickle(body: &[u8], size: usize) -> impl Stream<Item = io::Result<Bytes>> + use<> {
    let pieces: Vec<Bytes> = body.chunks(size).map(Bytes::copy_from_slice).collect();
    slowly(stream::iter(pieces))
}

/// Neither a row nor a file, whole or partial.
async fn assert_nothing_is_left(app: &TestApp, what: &str) {
    assert_eq!((rows(app).await, files(app)), (0, vec![]), "{what}");
}

fn assert_too_large(answer: &Answer, what: &str) {
    assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (413, "payload_too_large"), "{what}");
}

#[tokio::test]
async fn a_file_of_exactly_the_limit_is_taken_in() {
    let (app, who) = start().await;
    let whole = form("file", &[b'x'; LIMIT]);
    for answer in [
        app.post("/api/v1/uploads").bearer(&who).file("file", &[b'x'; LIMIT]).send().await,
        streamed(&app, &who, trickle(&whole, 100)).send().await,
        streamed(&app, &who, trickle(&whole, 1)).send().await,
    ] {
        assert_eq!((answer.status.as_u16(), answer.json()["size"].as_u64()), (201, Some(LIMIT as u64)));
    }
}

#[tokio::test]
async fn one_byte_more_is_too_large_and_leaves_nothing() {
    let (app, who) = start().await;
    let over = form("file", &[b'x'; LIMIT + 1]);
    let told = app
        .post("/api/v1/uploads")
        .bearer(&who)
        .header("content-length", &over.len().to_string())
        .file("file", &[b'x'; LIMIT + 1]);
    assert_too_large(&told.send().await, "of a length that is told before");
    for size in [1, 100, 4000] {
        assert_too_large(&streamed(&app, &who, trickle(&over, size)).send().await, &format!("in pieces of {size}"));
    }
    assert_nothing_is_left(&app, "one byte more").await;
}

#[tokio::test]
async fn what_is_far_too_large_is_said_to_be_so_however_it_comes() {
    let (app, who) = start().await;
    let over = form("file", &vec![b'x'; 1 << 20]);
    let told = app
        .post("/api/v1/uploads")
        .bearer(&who)
        .header("content-length", "1073741824")
        .header("content-type", MULTIPART);
    assert_too_large(
        &told.body(Body::from_stream(stream::pending::<io::Result<Bytes>>())).send().await,
        "before anything is read",
    );
    assert_too_large(&app.post("/api/v1/uploads").bearer(&who).file("file", &over).send().await, "in one piece");
    for size in [1000, 60_000, 200_000] {
        assert_too_large(&streamed(&app, &who, trickle(&over, size)).send().await, &format!("in pieces of {size}"));
    }
    // The head of the form first, then more at once than the whole may have.
    let (head, rest) = over.split_at(200);
    let burst = slowly(stream::iter([Bytes::copy_from_slice(head), Bytes::copy_from_slice(rest)]));
    assert_too_large(&streamed(&app, &who, burst).send().await, "in a burst");
    assert_nothing_is_left(&app, "far too large").await;
}

#[tokio::test]
async fn a_body_that_never_ends_is_read_no_further_than_the_limit() {
    let (app, who) = start().await;
    let head = form("file", b"");
    let head = Bytes::from(head[..head.len() - 12].to_vec());
    let endless = slowly(stream::iter([head]).chain(stream::repeat(Bytes::from_static(&[b'x'; 1000]))));
    assert_too_large(&streamed(&app, &who, endless).send().await, "endless");
    assert_nothing_is_left(&app, "endless").await;
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    let (app, who) = start().await;
    let whole = form("file", &[b'x'; 2000]);
    for kept in [0, 10, 80, 150, 1000, whole.len() - 14, whole.len() - 5] {
        let answer = streamed(&app, &who, trickle(&whole[..kept], 100)).send().await;
        assert_eq!(answer.error_code(), "bad_request", "ended after {kept} bytes");
        let broken = trickle(&whole[..kept], 100).chain(stream::iter([Err(io::Error::other("reset by the peer"))]));
        let answer = streamed(&app, &who, broken).send().await;
        assert_eq!(answer.error_code(), "bad_request", "broken after {kept} bytes");
    }
    assert_nothing_is_left(&app, "broken off").await;
}

#[tokio::test]
async fn upload_of_a_client_that_disconnects_leaves_nothing() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let read = Arc::new(Notify::new());
    let told = Arc::clone(&read);
    let begun = trickle(&form("file", &vec![b'x'; 300_000])[..200_000], 1000);
    // Once all pieces have been read, the stream reports this and pauses.
    let silent = begun.chain(stream::once(async move {
        told.notify_one();
        std::future::pending().await
    }));
    tokio::select! {
        answer = streamed(&app, &who, silent).send() => panic!("answered {answer:?}"),
        () = async {
            read.notified().await;
            assert_eq!(files(&app).len(), 1, "a part of the file is there");
        } => {}
    }
    assert_nothing_is_left(&app, "gone").await;
}
