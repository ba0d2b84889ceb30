//! Tests of `GET /api/v1/documents/{id}/pdf`.

use serde_json::json;

use super::{path, pdf, typeset};
use crate::{
    requests::documents::write,
    support::{TestApp, TestResponse},
};

fn head(response: &TestResponse) -> String {
    let names = ["content-type", "content-disposition", "accept-ranges", "cache-control", "content-security-policy"];
    let shown = names.iter().filter_map(|name| Some(format!("{name}: {}", response.header(name)?)));
    format!("{}\n{}", response.status, shown.collect::<Vec<_>>().join("\n"))
}

#[tokio::test]
async fn pdf_is_not_found_until_a_typesetting_is_done() {
    let app = TestApp::start_with(super::attempts::crashing).await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    assert_eq!(pdf(&app, &user, &document).await.error_code(), "not_found");
    assert_eq!(typeset(&app, &user, &document).await["status"], "queued");
    assert_eq!(pdf(&app, &user, &document).await.error_code(), "not_found");
}

#[tokio::test]
async fn pdf_supports_ranges_and_conditional_requests() {
    let app = TestApp::start().await;
    let (user, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let document = write(&app, &user, "Feldnotizen \u{201e}M\u{e4}rz\u{201c} 1/2", "It rained.").await;
    assert_eq!(typeset(&app, &user, &document).await["status"], "done");
    let whole = pdf(&app, &user, &document).await;
    insta::assert_snapshot!(head(&whole), @r#"
    200 OK
    content-type: application/pdf
    content-disposition: inline; filename="Feldnotizen _M_rz_ 1_2.pdf"; filename*=UTF-8''Feldnotizen%20%E2%80%9EM%C3%A4rz%E2%80%9C%201%2F2.pdf
    accept-ranges: bytes
    cache-control: no-store
    content-security-policy: default-src 'none'; sandbox
    "#);
    assert!(whole.bytes.starts_with(b"%PDF-1.") && whole.bytes.trim_ascii_end().ends_with(b"%%EOF"));
    assert_eq!(whole.header("content-length"), Some(whole.bytes.len().to_string().as_str()));

    let etag = whole.header("etag").unwrap();
    let get = |name: &'static str, value: &str| {
        app.get(&format!("{}/pdf", path(&document))).bearer(&user).header(name, value).send()
    };
    let start = get("range", "bytes=0-4").await;
    assert_eq!((start.status.as_u16(), &start.bytes[..], start.header("etag")), (206, &b"%PDF-"[..], Some(etag)));
    assert_eq!(start.header("content-range"), Some(format!("bytes 0-4/{}", whole.bytes.len()).as_str()));
    assert_eq!(get("range", "bytes=-6").await.bytes, whole.bytes[whole.bytes.len() - 6..]);
    assert_eq!(get("range", "bytes=99999999-").await.error_code(), "range_not_satisfiable");
    let unchanged = get("if-none-match", etag).await;
    assert_eq!((unchanged.status.as_u16(), unchanged.bytes.len()), (304, 0));
    assert_eq!(pdf(&app, &eve, &document).await.error_code(), "not_found");
}

#[tokio::test]
async fn pdf_is_the_newest_successful_typesetting() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    let update = async |body: String| {
        let text = json!({ "title": "Field notes", "body": body });
        assert_eq!(app.put(&path(&document)).bearer(&user).json(&text).send().await.status, 200);
        typeset(&app, &user, &document).await
    };
    assert_eq!(typeset(&app, &user, &document).await["pages"], 1);
    let first = pdf(&app, &user, &document).await;
    let longer = update("It rained and rained.\n\n".repeat(400)).await;
    assert!(longer["pages"].as_i64().unwrap() > 3, "{longer}");
    let second = pdf(&app, &user, &document).await;
    assert!(second.bytes.len() > first.bytes.len() && second.header("etag") != first.header("etag"));
    assert_eq!(update(">".repeat(40)).await["status"], "failed");
    assert_eq!(pdf(&app, &user, &document).await.bytes, second.bytes, "a failed typesetting keeps the older PDF");
}

#[tokio::test]
async fn pdf_contains_the_title_and_no_private_data() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Wet days of March", "It rained.").await;
    assert_eq!(typeset(&app, &user, &document).await["status"], "done");
    let text = pdf(&app, &user, &document).await.text();
    assert!(text.contains("Wet days of March"), "PDF metadata is not compressed");
    assert!(!text.contains("ada@example.org") && !text.contains(app.folder.path().to_str().unwrap()));
}
