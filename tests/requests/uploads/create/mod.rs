//! Tests of `POST /api/v1/uploads`.

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
async fn upload_stores_the_file_and_returns_its_metadata() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let response = app.post("/api/v1/uploads").bearer(&user).file("notes.txt", b"It rained.\n").send().await;
    assert_eq!(response.status, 201);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_json_snapshot!(response.json(), { ".id" => redactions::id(), ".created_at" => redactions::time() }, @r#"
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
async fn media_type_is_detected_from_the_content_only() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    // The client sends the content type `text/html` with every file.
    let table: [(&str, &[u8], &str); 13] = [
        ("photo.png", PNG, "image/png"),
        ("page.html", PNG, "image/png"),
        ("photo.jpg", b"<!DOCTYPE html><script>alert(1)</script>", "text/html"),
        ("photo.png", b"<html><body onload=alert(1)>", "text/html"),
        ("photo.gif", b"GIF89a\x01\0\x01\0\0\0\0", "image/gif"),
        ("paper.txt", b"%PDF-1.7\n", "application/pdf"),
        ("photo.png", b"plain words", "text/plain"),
        ("photo.png", b"\0\x01\x02\x03", "application/octet-stream"),
        ("program.png", b"MZ\x90\0\x03", "application/vnd.microsoft.portable-executable"),
        ("photo.bmp", b"BMW drives faster", "text/plain"),
        ("photo.gif", b"GIF89a is a format", "text/plain"),
        ("program.exe", b"MZ are initials", "text/plain"),
        ("music.mp3", b"ID3 tags of my music", "text/plain"),
    ];
    for (name, bytes, expected) in table {
        assert_eq!(upload(&app, &user, name, bytes).await["media_type"], expected, "{name}: {bytes:?}");
    }
}

#[tokio::test]
async fn media_type_is_never_an_image_for_active_content() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    let xml = br#"<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>"#;
    for bytes in [
        &svg[..],
        &xml[..],
        b"<html>GIF89a",
        b"

<script>alert(1)</script>",
    ] {
        let media_type = upload(&app, &user, "photo.png", bytes).await["media_type"].clone();
        assert!(!media_type.as_str().unwrap().starts_with("image/"), "{media_type}");
    }
}

#[tokio::test]
async fn upload_returns_size_and_hash_of_the_received_bytes() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let many: Vec<u8> = (0..300_000_u32).map(|byte| u8::try_from(byte % 251).unwrap()).collect();
    // Uses files with line ends and dashes at their start and end, because the server must not mistake these bytes for
    // the boundary.
    for bytes in [&many[..], b"", b"\r\n", b"--edg\r\n--edg", b"a\r\n--", b"\r\n\r\n--\r\n"] {
        let taken = upload(&app, &user, "file", bytes).await;
        assert_eq!(
            (taken["size"].as_u64(), taken["sha256"].as_str()),
            (Some(bytes.len() as u64), Some(hex(bytes).as_str()))
        );
        let given = app.get(&format!("{}/content", super::path(&taken))).bearer(&user).send().await;
        assert_eq!(given.bytes, bytes);
    }
}

#[tokio::test]
async fn upload_of_the_same_file_twice_creates_two_uploads() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let (first, second) = (upload(&app, &user, "a", PNG).await, upload(&app, &user, "a", PNG).await);
    assert_ne!(first["id"], second["id"]);
    assert_eq!((rows(&app).await, files(&app).len()), (2, 2));
}

fn hex(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
