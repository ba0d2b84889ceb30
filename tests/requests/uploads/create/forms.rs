//! Bodies that are not a form with one file.

use super::super::{PNG, files, rows};
use crate::support::{Answer, TestApp, app::SignedIn};

const MULTIPART: &str = "multipart/form-data; boundary=edge";

async fn send(app: &TestApp, who: &SignedIn, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
    app.post("/api/v1/uploads").bearer(who).header("content-type", content_type).body(body.into()).send().await
}

/// A form of these fields: name, file name, content.
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
async fn a_form_of_anything_but_one_file_is_refused() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let table = [
        ("no field", fields(&[])),
        ("another field", fields(&[("picture", Some("a.png"), PNG)])),
        ("a field of no name", fields(&[("", Some("a.png"), PNG)])),
        ("another field before it", fields(&[("title", None, b"A"), ("file", Some("a.png"), PNG)])),
        ("another field after it", fields(&[("file", Some("a.png"), PNG), ("title", None, b"A")])),
        ("two files", fields(&[("file", Some("a.png"), PNG), ("file", Some("b.png"), PNG)])),
    ];
    for (what, body) in table {
        let answer = send(&app, &who, MULTIPART, body).await;
        assert_eq!((answer.status.as_u16(), answer.error_code().as_str()), (422, "validation_error"), "{what}");
        assert_eq!(answer.json()["error"]["details"][0]["field"], "file", "{what}");
    }
    assert_eq!((rows(&app).await, files(&app)), (0, vec![]));
}

#[tokio::test]
async fn a_body_of_another_type_or_without_a_boundary_is_refused() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let whole = fields(&[("file", Some("a.png"), PNG)]);
    let types =
        ["multipart/form-data", "application/octet-stream", "image/png", "application/x-www-form-urlencoded", ""];
    for content_type in types {
        let answer = send(&app, &who, content_type, whole.clone()).await;
        assert_eq!(answer.error_code(), "unsupported_media_type", "{content_type}");
    }
    assert_eq!((rows(&app).await, files(&app)), (0, vec![]));
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let headless = "--edge\r\n\r\nwords\r\n--edge--\r\n";
    let other = String::from_utf8_lossy(&fields(&[("file", Some("a.txt"), b"words")])).replace("edge", "other");
    let headers = format!("--edge\r\n{}\r\nwords\r\n--edge--\r\n", "X-Header: x\r\n".repeat(100));
    for (what, body) in [
        ("empty", vec![]),
        ("words", b"words".to_vec()),
        ("another boundary", other.into_bytes()),
        ("no header", headless.as_bytes().to_vec()),
        ("many headers", headers.into_bytes()),
    ] {
        assert_eq!(send(&app, &who, MULTIPART, body).await.error_code(), "bad_request", "{what}");
    }
    assert_eq!((rows(&app).await, files(&app)), (0, vec![]));
}

#[tokio::test]
async fn nobody_uploads_without_being_signed_in() {
    let app = TestApp::start().await;
    let answer = app.post("/api/v1/uploads").file("a.png", PNG).send().await;
    assert_eq!(answer.error_code(), "unauthorized");
    assert_eq!((rows(&app).await, files(&app)), (0, vec![]));
}

#[tokio::test]
async fn a_form_in_which_no_file_begins_is_not_read_to_its_end() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let file = fields(&[("file", Some("a.png"), PNG)]);
    for begin in [Vec::new(), file[..file.len() - 4].to_vec()] {
        let endless = (0..1000).map(|_| vec![b'x'; 4096]);
        let chunks = futures_util::stream::iter([begin].into_iter().chain(endless).map(Ok::<_, std::io::Error>));
        let body = axum::body::Body::from_stream(chunks);
        let answer = app.post("/api/v1/uploads").bearer(&who).header("content-type", MULTIPART).body(body).send().await;
        assert_eq!(answer.error_code(), "bad_request");
    }
    assert_eq!((rows(&app).await, files(&app)), (0, Vec::new()));
}
