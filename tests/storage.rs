//! A bucket in place of the folder: the same files, and what it does not answer.

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
        Answer, TestApp,
        app::SignedIn,
        proxy::{Mode, Proxy},
        request::form,
        s3::{S3, keep_at},
    },
};

async fn start(address: &str) -> (TestApp, SignedIn) {
    let app = TestApp::start_with(|config| keep_at(config, address)).await;
    let who = app.sign_in("ada").await;
    (app, who)
}

async fn content(app: &TestApp, who: &SignedIn, upload: &Value) -> Answer {
    app.get(&format!("{}/content", uploads::path(upload))).bearer(who).send().await
}

#[tokio::test]
async fn a_bucket_takes_files_and_gives_them_back_whole_and_in_part_until_they_are_removed() {
    let s3 = S3::start().await;
    let (app, who) = start(&s3.address).await;
    // Larger than the parts in which it is sent.
    let bytes: Vec<u8> = (0..9_000_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let large = uploads::upload(&app, &who, "large.bin", &bytes).await;
    let small = uploads::upload(&app, &who, "small.txt", b"0123456789").await;
    assert_eq!((s3.files().len(), uploads::files(&app)), (2, vec![]), "all in the bucket, none in the folder");
    assert!(content(&app, &who, &large).await.bytes == bytes);
    let part = app.get(&format!("{}/content", uploads::path(&small))).bearer(&who).header("range", "bytes=2-4");
    let part = part.send().await;
    assert_eq!((part.status.as_u16(), part.text()), (206, "234".to_owned()));
    for upload in [&large, &small] {
        assert_eq!(app.delete(&uploads::path(upload)).bearer(&who).send().await.status, 204);
    }
    assert_eq!(s3.files(), Vec::<String>::new());
}

#[tokio::test]
async fn range_of_a_file_in_a_bucket_reads_only_the_bytes_that_it_returns() {
    let s3 = S3::start().await;
    let (app, who) = start(&s3.address).await;
    let upload = uploads::upload(&app, &who, "huge", b"0123456789").await;
    uploads::assert_last_bytes_are_read_alone(&app, &who, &upload, &s3.path(&s3.files()[0])).await;
}

#[tokio::test]
async fn a_document_with_a_picture_of_the_bucket_is_typeset_into_it() {
    const PNG: &[u8] = include_bytes!("../docs/tour/river.png");
    let s3 = S3::start().await;
    let (app, who) = start(&s3.address).await;
    let picture = uploads::upload(&app, &who, "river.png", PNG).await;
    let body = format!("![The river](upload:{})", picture["id"].as_str().unwrap());
    let document = json!({ "title": "A river", "body": body });
    let document = app.post("/api/v1/documents").bearer(&who).json(&document).send().await.json();
    assert_eq!(typeset(&app, &who, &document).await["status"], "done");
    let pdf = app.get(&format!("{}/pdf", documents::path(&document))).bearer(&who).send().await;
    assert!(pdf.bytes.starts_with(b"%PDF-") && pdf.bytes.len() > PNG.len() / 2);
    assert_eq!(s3.files().len(), 2);
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing_in_the_bucket() {
    let s3 = S3::start().await;
    let app = TestApp::start_with(|config| {
        keep_at(config, &s3.address);
        config.settings.as_mut().unwrap()["storage"]["upload_max_bytes"] = json!(30_000_000);
    })
    .await;
    let who = app.sign_in("ada").await;
    let whole = form("large.bin", &vec![b'x'; 20_000_000]);
    let pieces: Vec<_> = whole[..16_000_000].chunks(100_000).map(Bytes::copy_from_slice).collect();
    let (most, sent) = (Arc::new(AtomicUsize::new(0)), Arc::new(s3));
    let (seen, parts) = (Arc::clone(&most), Arc::clone(&sent));
    let watched = pieces.into_iter().inspect(move |_| {
        seen.fetch_max(parts.parts(), Ordering::Relaxed);
    });
    let broken = Body::from_stream(stream::iter(watched.map(Ok::<_, std::io::Error>)));
    let request = app.post("/api/v1/uploads").bearer(&who).header("content-type", "multipart/form-data; boundary=edge");
    assert_eq!(request.body(broken).send().await.error_code(), "bad_request");
    assert!(most.load(Ordering::Relaxed) > 1, "some parts had been sent");
    assert_eq!((sent.files(), sent.parts()), (vec![], 0));
}

#[tokio::test]
async fn a_bucket_that_is_gone_is_503_and_degraded_and_counts_for_nothing_and_comes_back() {
    let s3 = S3::start().await;
    let proxy = Proxy::before(&s3.address).await;
    let (app, who) = start(&proxy.address.to_string()).await;
    let kept = uploads::upload(&app, &who, "kept.txt", b"kept").await;
    proxy.set(Mode::Refuse);
    let refused = app.post("/api/v1/uploads").bearer(&who).file("lost.txt", b"lost").send().await;
    assert_eq!((refused.error_code().as_str(), refused.header("retry-after").is_some()), ("service_unavailable", true));
    assert_eq!(content(&app, &who, &kept).await.error_code(), "service_unavailable");
    let health = app.get("/api/v1/health").send().await;
    assert_eq!((health.status.as_u16(), &health.json()["status"]), (200, &json!("degraded")));
    assert_eq!(health.json()["checks"]["storage"]["status"], "degraded");
    proxy.set(Mode::Pass);
    assert_eq!(content(&app, &who, &kept).await.bytes, &b"kept"[..]);
    let list = app.get("/api/v1/uploads").bearer(&who).send().await;
    assert_eq!((list.json()["total_items"].as_u64(), s3.files().len()), (Some(1), 1));
}

#[tokio::test]
async fn a_bucket_that_says_nothing_is_given_up_before_the_request_is() {
    let s3 = S3::start().await;
    let proxy = Proxy::before(&s3.address).await;
    let (app, who) = start(&proxy.address.to_string()).await;
    proxy.set(Mode::Hang);
    let refused = app.post("/api/v1/uploads").bearer(&who).file("lost.txt", b"lost").send().await;
    // And not 408 `request_timeout`, which would say that the client was too slow.
    assert_eq!(refused.error_code(), "service_unavailable");
}
