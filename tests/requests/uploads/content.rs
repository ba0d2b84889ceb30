//! `GET /api/v1/uploads/{id}/content`.

use serde_json::Value;

use super::{PNG, assert_last_bytes_are_read_alone, files, path, upload};
use crate::support::{Answer, TestApp, app::SignedIn, log::Log};

const HTML: &[u8] = b"<!DOCTYPE html><script>alert(document.cookie)</script>";
const DIGITS: &[u8] = b"0123456789";

async fn content(app: &TestApp, who: &SignedIn, upload: &Value, headers: &[(&'static str, &str)]) -> Answer {
    let request = app.get(&format!("{}/content", path(upload))).bearer(who);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, value)).send().await
}

fn head(answer: &Answer) -> String {
    let names = [
        "content-type",
        "content-length",
        "content-disposition",
        "content-range",
        "accept-ranges",
        "cache-control",
        "content-security-policy",
    ];
    let shown = names.iter().filter_map(|name| Some(format!("{name}: {}", answer.header(name)?)));
    format!("{}\n{}", answer.status, shown.collect::<Vec<_>>().join("\n"))
}

#[tokio::test]
async fn a_picture_may_be_looked_at() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let taken = upload(&app, &who, "photo of me.png", PNG).await;
    let answer = content(&app, &who, &taken, &[]).await;
    insta::assert_snapshot!(head(&answer), @r#"
    200 OK
    content-type: image/png
    content-length: 33
    content-disposition: inline; filename="photo of me.png"; filename*=UTF-8''photo%20of%20me.png
    accept-ranges: bytes
    cache-control: no-store
    content-security-policy: default-src 'none'; sandbox
    "#);
    assert_eq!(answer.bytes, PNG);
    assert_eq!(answer.header("etag"), Some(format!("\"{}\"", taken["sha256"].as_str().unwrap()).as_str()));
}

#[tokio::test]
async fn a_page_is_only_ever_saved_and_runs_nothing() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let taken = upload(&app, &who, "photo.png", HTML).await;
    let answer = content(&app, &who, &taken, &[("accept", "text/html")]).await;
    insta::assert_snapshot!(head(&answer), @r#"
    200 OK
    content-type: text/html
    content-length: 54
    content-disposition: attachment; filename="photo.png"; filename*=UTF-8''photo.png
    accept-ranges: bytes
    cache-control: no-store
    content-security-policy: default-src 'none'; sandbox
    "#);
    assert_eq!(answer.headers.get_all("content-security-policy").iter().count(), 1);
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn everything_but_pictures_and_pdf_is_saved() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
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
        let taken = upload(&app, &who, "file", bytes).await;
        let answer = content(&app, &who, &taken, &[]).await;
        assert!(answer.header("content-disposition").unwrap().starts_with(&format!("{expected};")), "{taken}");
    }
}

#[tokio::test]
async fn a_range_is_given_as_asked_for() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let taken = upload(&app, &who, "digits", DIGITS).await;
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
        let answer = content(&app, &who, &taken, &[("range", range)]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text().as_str(), answer.header("content-range")),
            (status, expected, content_range),
            "{range}"
        );
        assert_eq!(answer.header("content-length"), Some(expected.len().to_string().as_str()), "{range}");
    }
}

#[tokio::test]
async fn a_range_past_the_end_is_refused_and_the_size_told() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let (taken, empty) = (upload(&app, &who, "digits", DIGITS).await, upload(&app, &who, "empty", b"").await);
    for (file, range, size) in
        [(&taken, "bytes=10-", 10), (&taken, "bytes=99-100", 10), (&taken, "bytes=-0", 10), (&empty, "bytes=0-0", 0)]
    {
        let answer = content(&app, &who, file, &[("range", range)]).await;
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (416, "range_not_satisfiable"), "{range}");
        assert_eq!(answer.header("content-range"), Some(format!("bytes */{size}").as_str()), "{range}");
    }
}

#[tokio::test]
async fn a_range_of_a_large_file_is_cut_where_it_should_be() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let bytes: Vec<u8> = (0..200_000_u32).map(|byte| u8::try_from(byte % 251).unwrap()).collect();
    let taken = upload(&app, &who, "large", &bytes).await;
    for (first, last) in [(0, 199_999), (8191, 8192), (65_535, 131_072), (100_000, 100_000), (199_999, 199_999)] {
        let answer = content(&app, &who, &taken, &[("range", &format!("bytes={first}-{last}"))]).await;
        assert!(answer.status == 206 && answer.bytes == bytes[first..=last], "{first}-{last}");
    }
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let taken = upload(&app, &who, "digits", DIGITS).await;
    let etag = content(&app, &who, &taken, &[]).await.header("etag").unwrap().to_owned();
    for same in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
        let answer = content(&app, &who, &taken, &[("if-none-match", &same), ("range", "bytes=0-1")]).await;
        assert_eq!((answer.status.as_u16(), answer.bytes.len()), (304, 0), "{same}");
        assert_eq!(answer.header("etag"), Some(etag.as_str()));
    }
    for other in ["\"other\"", etag.trim_matches('"'), ""] {
        assert_eq!(content(&app, &who, &taken, &[("if-none-match", other)]).await.status, 200, "{other}");
    }
}

#[tokio::test]
async fn a_range_of_what_has_changed_is_the_whole() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let taken = upload(&app, &who, "digits", DIGITS).await;
    let etag = content(&app, &who, &taken, &[]).await.header("etag").unwrap().to_owned();
    let ranged =
        async |tag: &str| content(&app, &who, &taken, &[("range", "bytes=0-1"), ("if-range", tag)]).await.text();
    assert_eq!((ranged(&etag).await, ranged("\"other\"").await), ("01".to_owned(), "0123456789".to_owned()));
}

#[tokio::test]
async fn a_head_request_learns_the_size_alone() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let taken = upload(&app, &who, "digits", DIGITS).await;
    let answer = app.request("HEAD", &format!("{}/content", path(&taken))).bearer(&who).send().await;
    assert_eq!((answer.status.as_u16(), answer.bytes.len(), answer.header("content-length")), (200, 0, Some("10")));
}

#[tokio::test]
async fn range_reads_only_the_bytes_that_it_returns() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let taken = upload(&app, &who, "huge", DIGITS).await;
    let stored = app.folder.path().join(files(&app).remove(0));
    assert_last_bytes_are_read_alone(&app, &who, &taken, &stored).await;
}

#[tokio::test]
async fn content_is_an_internal_error_when_the_storage_lacks_the_file() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let taken = upload(&app, &who, "digits", DIGITS).await;
    std::fs::remove_file(app.folder.path().join(&files(&app)[0])).unwrap();
    let log = Log::capture();
    let whole = content(&app, &who, &taken, &[]).await;
    let part = content(&app, &who, &taken, &[("range", "bytes=0-1")]).await;
    for answer in [&whole, &part] {
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (500, "internal_error"));
    }
    let head = app.request("HEAD", &format!("{}/content", path(&taken))).bearer(&who).send().await;
    assert_eq!((head.status.as_u16(), head.bytes.len()), (500, 0));
    let logged = log.events("request_failed");
    assert_eq!(logged.len(), 3, "{logged:?}");
    assert!(logged.iter().all(|line| line.to_string().contains("NotFound")), "{logged:?}");
}
