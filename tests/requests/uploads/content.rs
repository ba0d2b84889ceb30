//! Tests of `GET /api/v1/uploads/{id}/content`.

use serde_json::Value;

use super::{PNG, assert_last_bytes_are_readable, files, path, upload};
use crate::support::{TestApp, TestResponse, app::SignedIn, log::Log};

const HTML: &[u8] = b"<!DOCTYPE html><script>alert(document.cookie)</script>";
const DIGITS: &[u8] = b"0123456789";

async fn content(app: &TestApp, user: &SignedIn, upload: &Value, headers: &[(&'static str, &str)]) -> TestResponse {
    let request = app.get(&format!("{}/content", path(upload))).bearer(user);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, value)).send().await
}

fn head(response: &TestResponse) -> String {
    let names = [
        "content-type",
        "content-length",
        "content-disposition",
        "content-range",
        "accept-ranges",
        "cache-control",
        "content-security-policy",
    ];
    let shown = names.iter().filter_map(|name| Some(format!("{name}: {}", response.header(name)?)));
    format!("{}\n{}", response.status, shown.collect::<Vec<_>>().join("\n"))
}

#[tokio::test]
async fn content_of_an_image_is_inline() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let taken = upload(&app, &user, "photo of me.png", PNG).await;
    let response = content(&app, &user, &taken, &[]).await;
    insta::assert_snapshot!(head(&response), @r#"
    200 OK
    content-type: image/png
    content-length: 33
    content-disposition: inline; filename="photo of me.png"; filename*=UTF-8''photo%20of%20me.png
    accept-ranges: bytes
    cache-control: no-store
    content-security-policy: default-src 'none'; sandbox
    "#);
    assert_eq!(response.bytes, PNG);
    assert_eq!(response.header("etag"), Some(format!("\"{}\"", taken["sha256"].as_str().unwrap()).as_str()));
}

#[tokio::test]
async fn content_of_html_is_an_attachment_in_a_sandbox() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let taken = upload(&app, &user, "photo.png", HTML).await;
    let response = content(&app, &user, &taken, &[("accept", "text/html")]).await;
    insta::assert_snapshot!(head(&response), @r#"
    200 OK
    content-type: text/html
    content-length: 54
    content-disposition: attachment; filename="photo.png"; filename*=UTF-8''photo.png
    accept-ranges: bytes
    cache-control: no-store
    content-security-policy: default-src 'none'; sandbox
    "#);
    assert_eq!(response.headers.get_all("content-security-policy").iter().count(), 1);
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn content_is_inline_for_images_and_pdf_only() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let table: [(&[u8], &str); 8] = [
        (PNG, "inline"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "inline"),
        (b"GIF89a\x01\0\x01\0\0\0\0", "inline"),
        (b"%PDF-1.7\n", "inline"),
        (b"plain words", "attachment"),
        (b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>", "attachment"),
        (b"PK\x03\x04\x14\0\0\0", "attachment"),
        (b"\0\x01", "attachment"),
    ];
    for (bytes, expected) in table {
        let taken = upload(&app, &user, "file", bytes).await;
        let response = content(&app, &user, &taken, &[]).await;
        assert!(response.header("content-disposition").unwrap().starts_with(&format!("{expected};")), "{taken}");
    }
}

#[tokio::test]
async fn content_returns_the_requested_range() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let taken = upload(&app, &user, "digits", DIGITS).await;
    let table = [
        ("bytes=0-0", 206, "0", Some("bytes 0-0/10")),
        ("bytes=2-5", 206, "2345", Some("bytes 2-5/10")),
        ("bytes=7-", 206, "789", Some("bytes 7-9/10")),
        ("bytes=-3", 206, "789", Some("bytes 7-9/10")),
        ("bytes=-99", 206, "0123456789", Some("bytes 0-9/10")),
        ("bytes=5-99", 206, "56789", Some("bytes 5-9/10")),
        ("bytes=5-2", 200, "0123456789", None),
        ("bytes=1-2,4-5", 200, "0123456789", None),
        ("lines=1-2", 200, "0123456789", None),
        ("bytes=one-two", 200, "0123456789", None),
        ("bytes=18446744073709551616-", 200, "0123456789", None),
    ];
    for (range, status, expected, content_range) in table {
        let response = content(&app, &user, &taken, &[("range", range)]).await;
        assert_eq!(
            (response.status.as_u16(), response.text().as_str(), response.header("content-range")),
            (status, expected, content_range),
            "{range}"
        );
        assert_eq!(response.header("content-length"), Some(expected.len().to_string().as_str()), "{range}");
    }
}

#[tokio::test]
async fn content_returns_416_with_the_size_if_the_range_is_unsatisfiable() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let (taken, empty) = (upload(&app, &user, "digits", DIGITS).await, upload(&app, &user, "empty", b"").await);
    for (file, range, size) in
        [(&taken, "bytes=10-", 10), (&taken, "bytes=99-100", 10), (&taken, "bytes=-0", 10), (&empty, "bytes=0-0", 0)]
    {
        let response = content(&app, &user, file, &[("range", range)]).await;
        assert_eq!(
            (response.status.as_u16(), response.error_code().as_str()),
            (416, "range_not_satisfiable"),
            "{range}"
        );
        assert_eq!(response.header("content-range"), Some(format!("bytes */{size}").as_str()), "{range}");
    }
}

#[tokio::test]
async fn content_returns_exact_ranges_of_a_large_file() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let bytes: Vec<u8> = (0..200_000_u32).map(|byte| u8::try_from(byte % 251).unwrap()).collect();
    let taken = upload(&app, &user, "large", &bytes).await;
    for (first, last) in [(0, 199_999), (8191, 8192), (65_535, 131_072), (100_000, 100_000), (199_999, 199_999)] {
        let response = content(&app, &user, &taken, &[("range", &format!("bytes={first}-{last}"))]).await;
        assert!(response.status == 206 && response.bytes == bytes[first..=last], "{first}-{last}");
    }
}

#[tokio::test]
async fn content_returns_304_if_the_etag_matches() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let taken = upload(&app, &user, "digits", DIGITS).await;
    let etag = content(&app, &user, &taken, &[]).await.header("etag").unwrap().to_owned();
    for same in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
        let response = content(&app, &user, &taken, &[("if-none-match", &same), ("range", "bytes=0-1")]).await;
        assert_eq!((response.status.as_u16(), response.bytes.len()), (304, 0), "{same}");
        assert_eq!(response.header("etag"), Some(etag.as_str()));
    }
    let lines = [("if-none-match", "\"other\""), ("if-none-match", etag.as_str())];
    assert_eq!(content(&app, &user, &taken, &lines).await.status, 304, "the second header line matches");
    for other in ["\"other\"", etag.trim_matches('"'), ""] {
        assert_eq!(content(&app, &user, &taken, &[("if-none-match", other)]).await.status, 200, "{other}");
    }
}

#[tokio::test]
async fn content_ignores_the_range_if_the_if_range_etag_differs() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let taken = upload(&app, &user, "digits", DIGITS).await;
    let etag = content(&app, &user, &taken, &[]).await.header("etag").unwrap().to_owned();
    let ranged =
        async |tag: &str| content(&app, &user, &taken, &[("range", "bytes=0-1"), ("if-range", tag)]).await.text();
    assert_eq!((ranged(&etag).await, ranged("\"other\"").await), ("01".to_owned(), "0123456789".to_owned()));
}

#[tokio::test]
async fn content_returns_the_size_without_a_body_for_head_requests() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let taken = upload(&app, &user, "digits", DIGITS).await;
    let response = app.request("HEAD", &format!("{}/content", path(&taken))).bearer(&user).send().await;
    assert_eq!(
        (response.status.as_u16(), response.bytes.len(), response.header("content-length")),
        (200, 0, Some("10"))
    );
}

#[tokio::test]
async fn content_reads_only_the_requested_range() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let taken = upload(&app, &user, "huge", DIGITS).await;
    let stored = app.folder.path().join(files(&app).remove(0));
    assert_last_bytes_are_readable(&app, &user, &taken, &stored).await;
}

#[tokio::test]
async fn content_returns_500_if_the_storage_lacks_the_file() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let taken = upload(&app, &user, "digits", DIGITS).await;
    std::fs::remove_file(app.folder.path().join(&files(&app)[0])).unwrap();
    let log = Log::capture();
    let whole = content(&app, &user, &taken, &[]).await;
    let part = content(&app, &user, &taken, &[("range", "bytes=0-1")]).await;
    for response in [&whole, &part] {
        assert_eq!((response.status.as_u16(), response.error_code().as_str()), (500, "internal_error"));
    }
    let head = app.request("HEAD", &format!("{}/content", path(&taken))).bearer(&user).send().await;
    assert_eq!((head.status.as_u16(), head.bytes.len()), (500, 0));
    let logged = log.events("request_failed");
    assert_eq!(logged.len(), 3, "{logged:?}");
    assert!(logged.iter().all(|line| line.to_string().contains("NotFound")), "{logged:?}");
}
