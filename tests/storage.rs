//! Tests of storage in an S3 bucket, and of failures of the bucket.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::body::{Body, Bytes};
use futures_util::stream;
use serde_json::{Value, json};

use crate::{
    requests::{documents, typesettings::typeset, uploads},
    support::{
        TestApp, TestResponse,
        app::SignedIn,
        proxy::{Mode, Proxy},
        request::form,
        s3::{S3, use_bucket_at},
    },
};

async fn start(address: &str) -> (TestApp, SignedIn) {
    let app = TestApp::start_with(|config| use_bucket_at(config, address)).await;
    let user = app.sign_in("ada").await;
    (app, user)
}

async fn content(app: &TestApp, user: &SignedIn, upload: &Value) -> TestResponse {
    app.get(&format!("{}/content", uploads::path(upload))).bearer(user).send().await
}

#[tokio::test]
async fn bucket_stores_returns_and_deletes_files() {
    let s3 = S3::start().await;
    let (app, user) = start(&s3.address).await;
    // The file is larger than one part of a multipart upload.
    let bytes: Vec<u8> = (0..9_000_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let large = uploads::upload(&app, &user, "large.bin", &bytes).await;
    let small = uploads::upload(&app, &user, "small.txt", b"0123456789").await;
    assert_eq!((s3.files().len(), uploads::files(&app)), (2, vec![]), "all files must be in the bucket");
    assert!(content(&app, &user, &large).await.bytes == bytes);
    let part = app.get(&format!("{}/content", uploads::path(&small))).bearer(&user).header("range", "bytes=2-4");
    let part = part.send().await;
    assert_eq!((part.status.as_u16(), part.text()), (206, "234".to_owned()));
    for upload in [&large, &small] {
        assert_eq!(app.delete(&uploads::path(upload)).bearer(&user).send().await.status, 204);
    }
    assert_eq!(s3.files(), Vec::<String>::new());
}

#[tokio::test]
async fn range_of_a_file_in_a_bucket_reads_only_the_requested_bytes() {
    let s3 = S3::start().await;
    let (app, user) = start(&s3.address).await;
    let upload = uploads::upload(&app, &user, "huge", b"0123456789").await;
    uploads::assert_last_bytes_are_readable(&app, &user, &upload, &s3.path(&s3.files()[0])).await;
}

#[tokio::test]
async fn document_with_an_image_in_the_bucket_is_typeset() {
    const PNG: &[u8] = include_bytes!("../docs/tour/river.png");
    let s3 = S3::start().await;
    let (app, user) = start(&s3.address).await;
    let image = uploads::upload(&app, &user, "river.png", PNG).await;
    let body = format!("![The river](upload:{})", image["id"].as_str().unwrap());
    let document = json!({ "title": "A river", "body": body });
    let document = app.post("/api/v1/documents").bearer(&user).json(&document).send().await.json();
    assert_eq!(typeset(&app, &user, &document).await["status"], "done");
    let pdf = app.get(&format!("{}/pdf", documents::path(&document))).bearer(&user).send().await;
    assert!(pdf.bytes.starts_with(b"%PDF-") && pdf.bytes.len() > PNG.len() / 2);
    assert_eq!(s3.files().len(), 2);
}

#[tokio::test]
async fn aborted_upload_leaves_nothing_in_the_bucket() {
    let s3 = S3::start().await;
    let app = TestApp::start_with(|config| {
        use_bucket_at(config, &s3.address);
        config.settings.as_mut().unwrap()["storage"]["upload_max_bytes"] = json!(30_000_000);
    })
    .await;
    let user = app.sign_in("ada").await;
    let whole = form("large.bin", &vec![b'x'; 20_000_000]);
    let chunks: Vec<_> = whole[..16_000_000].chunks(100_000).map(Bytes::copy_from_slice).collect();
    let (max_parts, s3) = (Arc::new(AtomicUsize::new(0)), Arc::new(s3));
    let (seen, server) = (Arc::clone(&max_parts), Arc::clone(&s3));
    let observed = chunks.into_iter().inspect(move |_| {
        seen.fetch_max(server.parts(), Ordering::Relaxed);
    });
    let broken = Body::from_stream(stream::iter(observed.map(Ok::<_, std::io::Error>)));
    let request =
        app.post("/api/v1/uploads").bearer(&user).header("content-type", "multipart/form-data; boundary=edge");
    assert_eq!(request.body(broken).send().await.error_code(), "bad_request");
    assert!(max_parts.load(Ordering::Relaxed) > 1, "some parts must be uploaded before the abort");
    assert_eq!((s3.files(), s3.parts()), (vec![], 0));
}

#[tokio::test]
async fn unreachable_bucket_returns_503_and_recovers() {
    let s3 = S3::start().await;
    let proxy = Proxy::start(&s3.address).await;
    let (app, user) = start(&proxy.address.to_string()).await;
    let kept = uploads::upload(&app, &user, "kept.txt", b"kept").await;
    proxy.set(Mode::Refuse);
    let rejected = app.post("/api/v1/uploads").bearer(&user).file("lost.txt", b"lost").send().await;
    assert_eq!(
        (rejected.error_code().as_str(), rejected.header("retry-after").is_some()),
        ("service_unavailable", true)
    );
    assert_eq!(content(&app, &user, &kept).await.error_code(), "service_unavailable");
    let health = app.get("/api/v1/health").send().await;
    assert_eq!((health.status.as_u16(), &health.json()["status"]), (200, &json!("degraded")));
    assert_eq!(health.json()["checks"]["storage"]["status"], "degraded");
    proxy.set(Mode::Pass);
    assert_eq!(content(&app, &user, &kept).await.bytes, &b"kept"[..]);
    let list = app.get("/api/v1/uploads").bearer(&user).send().await;
    assert_eq!((list.json()["total_items"].as_u64(), s3.files().len()), (Some(1), 1));
}

#[tokio::test]
async fn silent_bucket_returns_503_before_the_request_timeout() {
    let s3 = S3::start().await;
    let proxy = Proxy::start(&s3.address).await;
    let (app, user) = start(&proxy.address.to_string()).await;
    proxy.set(Mode::Hang);
    let rejected = app.post("/api/v1/uploads").bearer(&user).file("lost.txt", b"lost").send().await;
    // The response is not 408 `request_timeout`, because the bucket was too slow, not the client.
    assert_eq!(rejected.error_code(), "service_unavailable");
}
