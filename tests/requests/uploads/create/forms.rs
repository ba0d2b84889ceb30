//! Tests of request bodies that are not a form with exactly one file.

use super::super::{PNG, files, rows};
use crate::support::{TestApp, TestResponse, app::SignedIn};

const MULTIPART: &str = "multipart/form-data; boundary=edge";

async fn send(app: &TestApp, user: &SignedIn, content_type: &str, body: impl Into<Vec<u8>>) -> TestResponse {
    app.post("/api/v1/uploads").bearer(user).header("content-type", content_type).body(body.into()).send().await
}

/// Returns a form with these fields. A field has a name, an optional file name and a content.
fn fields(fields: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file_name, content) in fields {
        let file_name = file_name.map(|name| format!("; filename=\"{name}\"")).unwrap_or_default();
        body.extend(format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n").bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    body
}

#[tokio::test]
async fn upload_rejects_forms_without_exactly_one_file() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let table = [
        ("no field", fields(&[])),
        ("another field", fields(&[("image", Some("a.png"), PNG)])),
        ("a field without a name", fields(&[("", Some("a.png"), PNG)])),
        ("another field before it", fields(&[("title", None, b"A"), ("file", Some("a.png"), PNG)])),
        ("another field after it", fields(&[("file", Some("a.png"), PNG), ("title", None, b"A")])),
        ("two files", fields(&[("file", Some("a.png"), PNG), ("file", Some("b.png"), PNG)])),
    ];
    for (name, body) in table {
        let response = send(&app, &user, MULTIPART, body).await;
        assert_eq!((response.status.as_u16(), response.error_code().as_str()), (422, "validation_error"), "{name}");
        assert_eq!(response.json()["error"]["details"][0]["field"], "file", "{name}");
    }
    assert_eq!((rows(&app).await, files(&app)), (0, vec![]));
}

#[tokio::test]
async fn upload_rejects_other_content_types_and_a_missing_boundary() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let whole = fields(&[("file", Some("a.png"), PNG)]);
    let types =
        ["multipart/form-data", "application/octet-stream", "image/png", "application/x-www-form-urlencoded", ""];
    for content_type in types {
        let response = send(&app, &user, content_type, whole.clone()).await;
        assert_eq!(response.error_code(), "unsupported_media_type", "{content_type}");
    }
    assert_eq!((rows(&app).await, files(&app)), (0, vec![]));
}

#[tokio::test]
async fn upload_rejects_malformed_forms() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let without_header = "--edge\r\n\r\nwords\r\n--edge--\r\n";
    let other = String::from_utf8_lossy(&fields(&[("file", Some("a.txt"), b"words")])).replace("edge", "other");
    let headers = format!("--edge\r\n{}\r\nwords\r\n--edge--\r\n", "X-Header: x\r\n".repeat(100));
    for (name, body) in [
        ("empty", vec![]),
        ("words", b"words".to_vec()),
        ("another boundary", other.into_bytes()),
        ("no header", without_header.as_bytes().to_vec()),
        ("many headers", headers.into_bytes()),
    ] {
        assert_eq!(send(&app, &user, MULTIPART, body).await.error_code(), "bad_request", "{name}");
    }
    assert_eq!((rows(&app).await, files(&app)), (0, vec![]));
}

#[tokio::test]
async fn upload_requires_authentication() {
    let app = TestApp::start().await;
    let response = app.post("/api/v1/uploads").file("a.png", PNG).send().await;
    assert_eq!(response.error_code(), "unauthorized");
    assert_eq!((rows(&app).await, files(&app)), (0, vec![]));
}

#[tokio::test]
async fn upload_stops_reading_a_form_without_a_file() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let file = fields(&[("file", Some("a.png"), PNG)]);
    for begin in [Vec::new(), file[..file.len() - 4].to_vec()] {
        let endless = (0..1000).map(|_| vec![b'x'; 4096]);
        let chunks = futures_util::stream::iter([begin].into_iter().chain(endless).map(Ok::<_, std::io::Error>));
        let body = axum::body::Body::from_stream(chunks);
        let response =
            app.post("/api/v1/uploads").bearer(&user).header("content-type", MULTIPART).body(body).send().await;
        assert_eq!(response.error_code(), "bad_request");
    }
    assert_eq!((rows(&app).await, files(&app)), (0, Vec::new()));
}
