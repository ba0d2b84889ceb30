//! `GET /api/v1/documents/{id}/pdf`.

use serde_json::json;

use super::{path, pdf, typeset};
use crate::{
    requests::documents::write,
    support::{Answer, TestApp},
};

fn head(answer: &Answer) -> String {
    let names = ["content-type", "content-disposition", "accept-ranges", "cache-control", "content-security-policy"];
    let shown = names.iter().filter_map(|name| Some(format!("{name}: {}", answer.header(name)?)));
    format!("{}\n{}", answer.status, shown.collect::<Vec<_>>().join("\n"))
}

#[tokio::test]
async fn there_is_no_pdf_until_one_is_done() {
    let app = TestApp::start_with(super::attempts::crashing).await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", "It rained.").await;
    assert_eq!(pdf(&app, &who, &document).await.error_code(), "not_found");
    assert_eq!(typeset(&app, &who, &document).await["status"], "queued");
    assert_eq!(pdf(&app, &who, &document).await.error_code(), "not_found");
}

#[tokio::test]
async fn a_pdf_is_given_whole_in_ranges_or_not_again() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let document = write(&app, &who, "Feldnotizen \u{201e}M\u{e4}rz\u{201c} 1/2", "It rained.").await;
    assert_eq!(typeset(&app, &who, &document).await["status"], "done");
    let whole = pdf(&app, &who, &document).await;
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
    let ask = |name: &'static str, value: &str| {
        app.get(&format!("{}/pdf", path(&document))).bearer(&who).header(name, value).send()
    };
    let start = ask("range", "bytes=0-4").await;
    assert_eq!((start.status.as_u16(), &start.bytes[..], start.header("etag")), (206, &b"%PDF-"[..], Some(etag)));
    assert_eq!(start.header("content-range"), Some(format!("bytes 0-4/{}", whole.bytes.len()).as_str()));
    assert_eq!(ask("range", "bytes=-6").await.bytes, whole.bytes[whole.bytes.len() - 6..]);
    assert_eq!(ask("range", "bytes=99999999-").await.error_code(), "range_not_satisfiable");
    let unchanged = ask("if-none-match", etag).await;
    assert_eq!((unchanged.status.as_u16(), unchanged.bytes.len()), (304, 0));
    assert_eq!(pdf(&app, &eve, &document).await.error_code(), "not_found");
}

#[tokio::test]
async fn the_newest_one_that_is_done_wins() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", "It rained.").await;
    let rewrite = async |body: String| {
        let text = json!({ "title": "Field notes", "body": body });
        assert_eq!(app.put(&path(&document)).bearer(&who).json(&text).send().await.status, 200);
        typeset(&app, &who, &document).await
    };
    assert_eq!(typeset(&app, &who, &document).await["pages"], 1);
    let first = pdf(&app, &who, &document).await;
    let longer = rewrite("It rained and rained.\n\n".repeat(400)).await;
    assert!(longer["pages"].as_i64().unwrap() > 3, "{longer}");
    let second = pdf(&app, &who, &document).await;
    assert!(second.bytes.len() > first.bytes.len() && second.header("etag") != first.header("etag"));
    assert_eq!(rewrite(">".repeat(40)).await["status"], "failed");
    assert_eq!(pdf(&app, &who, &document).await.bytes, second.bytes, "one that failed takes nothing away");
}

#[tokio::test]
async fn a_pdf_has_the_title_of_its_document_and_nobody_elses_text() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Wet days of March", "It rained.").await;
    assert_eq!(typeset(&app, &who, &document).await["status"], "done");
    let text = pdf(&app, &who, &document).await.text();
    assert!(text.contains("Wet days of March"), "its metadata is not compressed");
    assert!(!text.contains("ada@example.org") && !text.contains(app.folder.path().to_str().unwrap()));
}
