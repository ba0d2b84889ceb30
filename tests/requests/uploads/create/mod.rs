//! `POST /api/v1/uploads`.

mod abandoned;
mod forms;
mod names;
mod quota;
mod sizes;

use insta::assert_json_snapshot;
use sha2::{Digest, Sha256};

use super::{PNG, files, rows, upload};
use crate::support::{TestApp, redactions};

#[tokio::test]
async fn a_file_is_taken_in_and_described() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let answer = app.post("/api/v1/uploads").bearer(&who).file("notes.txt", b"It rained.\n").send().await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_json_snapshot!(answer.json(), { ".id" => redactions::id(), ".created_at" => redactions::time() }, @r#"
    {
      "created_at": "[time]",
      "file_name": "notes.txt",
      "id": "[id]",
      "media_type": "text/plain",
      "sha256": "9037922d0d5d5e25182f79c994a7a78a520aaaf3eab9a000cd9f571efa283373",
      "size": 11
    }
    "#);
    assert_eq!((rows(&app).await, files(&app).len()), (1, 1));
}

#[tokio::test]
async fn the_type_is_found_from_the_bytes_whatever_name_and_sender_say() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    // The sender of every one of them says text/html.
    let table: [(&str, &[u8], &str); 9] = [
        ("photo.png", PNG, "image/png"),
        ("page.html", PNG, "image/png"),
        ("photo.jpg", b"<!DOCTYPE html><script>alert(1)</script>", "text/html"),
        ("photo.png", b"<html><body onload=alert(1)>", "text/html"),
        ("photo.gif", b"GIF89a\x01\0\x01\0\0\0\0", "image/gif"),
        ("paper.txt", b"%PDF-1.7\n", "application/pdf"),
        ("photo.png", b"plain words", "text/plain"),
        ("photo.png", b"\0\x01\x02\x03", "application/octet-stream"),
        ("program.png", b"MZ\x90\0\x03", "application/vnd.microsoft.portable-executable"),
    ];
    for (name, bytes, expected) in table {
        assert_eq!(upload(&app, &who, name, bytes).await["media_type"], expected, "{name}: {bytes:?}");
    }
}

#[tokio::test]
async fn what_a_browser_would_run_is_never_taken_for_a_picture() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    let xml = br#"<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>"#;
    for bytes in [
        &svg[..],
        &xml[..],
        b"<html>GIF89a",
        b"

<script>alert(1)</script>",
    ] {
        let media_type = upload(&app, &who, "photo.png", bytes).await["media_type"].clone();
        assert!(!media_type.as_str().unwrap().starts_with("image/"), "{media_type}");
    }
}

#[tokio::test]
async fn size_and_hash_are_those_of_the_bytes_that_came() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let many: Vec<u8> = (0..300_000_u32).map(|byte| u8::try_from(byte % 251).unwrap()).collect();
    // Line ends and dashes at the edges are the file's own; only the boundary is not.
    for bytes in [&many[..], b"", b"\r\n", b"--edg\r\n--edg", b"a\r\n--", b"\r\n\r\n--\r\n"] {
        let taken = upload(&app, &who, "file", bytes).await;
        assert_eq!(
            (taken["size"].as_u64(), taken["sha256"].as_str()),
            (Some(bytes.len() as u64), Some(hex(bytes).as_str()))
        );
        let given = app.get(&format!("{}/content", super::path(&taken))).bearer(&who).send().await;
        assert_eq!(given.bytes, bytes);
    }
}

#[tokio::test]
async fn one_file_handed_over_twice_is_two_uploads() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let (first, second) = (upload(&app, &who, "a", PNG).await, upload(&app, &who, "a", PNG).await);
    assert_ne!(first["id"], second["id"]);
    assert_eq!((rows(&app).await, files(&app).len()), (2, 2));
}

fn hex(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
