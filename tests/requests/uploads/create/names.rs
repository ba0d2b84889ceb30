//! Tests of file names with paths, control characters and header syntax.

use super::super::{PNG, files, path, upload};
use crate::support::TestApp;

/// Asserts that a key consists of the uploads folder, a folder of two hex digits, and thirty-two hex digits.
fn assert_generated_key(key: &str) {
    let parts: Vec<&str> = key.split('/').collect();
    assert_eq!(&parts[..2], ["storage", "uploads"], "{key}");
    assert!(parts.len() == 4 && parts[2].len() == 2 && parts[3].len() == 32, "{key}");
    assert!(parts[2..].concat().chars().all(|c| c.is_ascii_hexdigit()), "{key}");
}

#[tokio::test]
async fn file_name_paths_have_no_effect_on_the_storage() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let above = app.folder.path().join("above.png").display().to_string();
    let table = [
        ("../../above.png", "above.png"),
        ("..\\..\\above.png", "above.png"),
        ("/etc/above.png", "above.png"),
        (above.as_str(), "above.png"),
        ("C:\\Windows\\above.png", "above.png"),
        ("..%2f..%2fabove.png", "..%2f..%2fabove.png"),
        ("..", "file"),
        (".", "file"),
        ("../", "file"),
        ("", "file"),
        ("   ", "file"),
        (". .", "file"),
    ];
    for (name, expected) in table {
        let kept = upload(&app, &user, name, PNG).await["file_name"].clone();
        let kept = kept.as_str().unwrap().trim_start_matches('.');
        assert_eq!(kept, expected.trim_start_matches('.'), "{name:?}");
    }
    let found = files(&app);
    assert_eq!(found.len(), table.len(), "each file is stored once under a generated key");
    for key in &found {
        assert_generated_key(key);
    }
    assert!(!app.folder.path().join("above.png").exists());
}

#[tokio::test]
async fn file_name_is_stored_up_to_255_bytes_with_its_extension() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let long = format!("{}.png", "n".repeat(296));
    let wide = "\u{1f980}".repeat(100);
    let cjk = format!("{}.txt", "\u{6587}".repeat(90));
    let table = [
        ("photo of the crab.png", "photo of the crab.png".to_owned()),
        ("\u{43a}\u{440}\u{430}\u{431} \u{1f980}.png", "\u{43a}\u{440}\u{430}\u{431} \u{1f980}.png".to_owned()),
        ("caf\u{e9};x=y, \u{2603}.png", "caf\u{e9};x=y, \u{2603}.png".to_owned()),
        (&long, format!("{}.png", "n".repeat(251))),
        (&wide, "\u{1f980}".repeat(63)),
        (&cjk, format!("{}.txt", "\u{6587}".repeat(83))),
    ];
    for (name, expected) in table {
        assert_eq!(upload(&app, &user, name, PNG).await["file_name"], expected, "{name}");
    }
}

#[tokio::test]
async fn file_name_is_stored_as_a_person_wrote_it_for_each_client() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let clients = [
        ("Chrome", "name=\"file\"; filename=\"\u{dc}ber %22alles%22.txt\""),
        ("curl", "name=\"file\"; filename=\"\u{dc}ber \\\"alles\\\".txt\""),
        (
            ".NET",
            "name=file; filename=\"=?utf-8?B?w5xiZXIgImFsbGVzIi50eHQ=?=\"; filename*=utf-8''%C3%9Cber%20%22alles%22.txt",
        ),
        ("PowerShell", "name=file; filename=\"=?utf-8?B?w5xiZXIgImFsbGVzIi50eHQ=?=\""),
        ("urllib3", "name=\"file\"; filename*=utf-8''%C3%9Cber%20%22alles%22.txt"),
        ("filename* first", "name=\"file\"; filename*=utf-8''%C3%9Cber%20%22alles%22.txt; filename=\"_ber.txt\""),
    ];
    for (client, parameters) in clients {
        let body = format!("--edge\r\nContent-Disposition: form-data; {parameters}\r\n\r\nwords\r\n--edge--\r\n");
        let request = app.post("/api/v1/uploads").bearer(&user);
        let taken = request.header("content-type", "multipart/form-data; boundary=edge").body(body).send().await;
        assert_eq!(taken.json()["file_name"], "\u{dc}ber \"alles\".txt", "{client}: {}", taken.text());
        let given = app.get(&format!("{}/content", path(&taken.json()))).bearer(&user).send().await;
        assert_eq!(
            given.header("content-disposition"),
            Some("attachment; filename=\"_ber _alles_.txt\"; filename*=UTF-8''%C3%9Cber%20%22alles%22.txt"),
            "{client}"
        );
    }
}

#[tokio::test]
async fn file_name_cannot_inject_a_header() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let names = [
        "a\\\"; filename=evil.html; x=\\\"b.png",
        "a%0d%0aSet-Cookie: stolen=1.png",
        "a\u{85}Set-Cookie: stolen=1\u{2028}.png",
        "=?utf-8?q?a=0d=0aSet-Cookie:_stolen?=.png",
        "a\tb.png",
        "\u{202e}gnp.exe",
    ];
    for name in names {
        let taken = upload(&app, &user, name, PNG).await;
        let given = app.get(&format!("{}/content", path(&taken))).bearer(&user).send().await;
        assert_eq!(given.status, 200, "{name:?}");
        assert!(given.header("set-cookie").is_none(), "{name:?}");
        let disposition = given.header("content-disposition").unwrap();
        assert_eq!(
            (disposition.matches("filename=").count(), disposition.matches('"').count()),
            (1, 2),
            "{disposition}"
        );
        assert!(disposition.starts_with("inline; filename=\"") && disposition.is_ascii(), "{disposition}");
        assert!(!taken["file_name"].as_str().unwrap().chars().any(char::is_control), "{taken}");
    }
}

#[tokio::test]
async fn file_name_ends_at_the_line_end() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    // The server ignores the text after the line end, because this text is a header of the form part.
    for name in ["a\r\nSet-Cookie: stolen=1; x=", "a\nSet-Cookie: stolen=1; x="] {
        let taken = upload(&app, &user, name, PNG).await;
        assert!(!taken["file_name"].as_str().unwrap().contains("stolen"), "{taken}");
        let given = app.get(&format!("{}/content", path(&taken))).bearer(&user).send().await;
        assert!(given.status == 200 && !format!("{:?}", given.headers).contains("stolen"), "{:?}", given.headers);
    }
    for name in ["a\r\nb", "a\rb", "a\0b"] {
        let response = app.post("/api/v1/uploads").bearer(&user).file(name, PNG).send().await;
        assert_eq!(response.error_code(), "bad_request", "{name:?}");
    }
    assert_eq!(files(&app).len(), 2);
}
