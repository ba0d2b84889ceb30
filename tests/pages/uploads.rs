//! `/uploads`.

use crate::support::{Browser, TestApp, request::form};

const PNG: &[u8] = include_bytes!("../../docs/tour/river.png");

async fn upload(browser: &Browser<'_>, name: &str, bytes: &[u8]) -> String {
    let request = browser.request("POST", "/uploads").header("sec-fetch-site", "same-origin").file(name, bytes);
    let answer = request.send().await;
    assert_eq!(answer.header("location"), Some("/uploads?notice=uploaded"), "{}", answer.text());
    let page = browser.see("/uploads").await;
    let (_, after) = page.split_once("href=\"/uploads/").unwrap();
    after.split('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn no_files_yet_is_said_with_what_to_do() {
    let app = TestApp::start().await;
    let page = Browser::signed_in(&app, "ada").await.see("/uploads").await;
    assert!(page.contains("No files yet") && page.contains("type=\"file\"") && page.contains("10 MB"), "{page}");
}

#[tokio::test]
async fn a_picture_is_drawn_other_files_are_named_and_all_are_counted() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let picture = upload(&browser, "river.png", PNG).await;
    let text = upload(&browser, "<b>.txt", b"words").await;
    let page = browser.see("/uploads").await;
    assert!(page.contains(&format!("<img src=\"/uploads/{picture}/content\" alt=\"river.png\"")), "{page}");
    assert!(!page.contains(&format!("<img src=\"/uploads/{text}")) && page.contains("&lt;b&gt;.txt"), "{page}");
    assert!(page.contains("2 files, ") && page.contains(" of 1.0 GB used"), "{page}");
    let used = PNG.len() + "words".len();
    assert!(
        page.contains(&format!("<meter min=\"0\" max=\"1000000000\" high=\"900000000\" value=\"{used}\"")),
        "{page}"
    );
    let bytes = browser.get(&format!("/uploads/{picture}/content")).await;
    assert_eq!((&bytes.bytes[..], bytes.header("content-type")), (PNG, Some("image/png")));
    assert_eq!(bytes.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    assert_eq!(bytes.header("cache-control"), Some("private, no-cache"));
    assert!(bytes.header("content-disposition").unwrap().starts_with("inline"));
    let kept = browser.get(&format!("/uploads/{picture}/content?download=1")).await;
    assert!(kept.header("content-disposition").unwrap().starts_with("attachment; filename=\"river.png\""));
    assert!(
        browser
            .get(&format!("/uploads/{text}/content"))
            .await
            .header("content-disposition")
            .unwrap()
            .starts_with("attachment")
    );
}

#[tokio::test]
async fn a_script_is_told_which_file_it_has_become() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let cookie = format!("__Host-ballast={}", browser.cookie("__Host-ballast").unwrap());
    let request = app.post("/uploads").header("accept", "application/json").header("cookie", &cookie);
    let answer = request.header("sec-fetch-site", "same-origin").file("a.png", PNG).send().await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json()["media_type"], "image/png");
}

#[tokio::test]
async fn a_form_with_another_field_is_refused() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let other = "--edge\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n";
    let request = browser.request("POST", "/uploads").header("sec-fetch-site", "same-origin");
    let request = request.header("content-type", "multipart/form-data; boundary=edge");
    let answer = request.body([other.as_bytes(), &form("a.txt", b"b")].concat()).send().await;
    assert_eq!(answer.status, 422);
    // A field of ours before the file is the pages' own; the API takes the file alone.
    let who = app.sign_in("eve").await;
    let own = other.replace("other", "csrf_token");
    let request = app.post("/api/v1/uploads").bearer(&who).header("content-type", "multipart/form-data; boundary=edge");
    assert_eq!(
        request.body([own.as_bytes(), &form("a.txt", b"b")].concat()).send().await.error_code(),
        "validation_error"
    );
}

#[tokio::test]
async fn a_file_is_removed_by_its_owner_alone() {
    let app = TestApp::start().await;
    let (ada, eve) = (Browser::signed_in(&app, "ada").await, Browser::signed_in(&app, "eve").await);
    let id = upload(&ada, "river.png", PNG).await;
    assert_eq!(eve.get(&format!("/uploads/{id}/content")).await.status, 404);
    assert_eq!(eve.submit(&format!("/uploads/{id}/removal"), &[]).await.status, 404);
    let answer = ada.submit(&format!("/uploads/{id}/removal"), &[]).await;
    assert_eq!(answer.header("location"), Some("/uploads?notice=upload-removed"));
    assert_eq!(ada.get(&format!("/uploads/{id}/content")).await.status, 404);
}

#[tokio::test]
async fn a_file_that_is_too_large_gets_a_page() {
    let app = TestApp::start_with(|config| {
        config.settings.as_mut().unwrap()["storage"]["upload_max_bytes"] = serde_json::json!(2000);
    })
    .await;
    let browser = Browser::signed_in(&app, "ada").await;
    let request = browser.request("POST", "/uploads").header("sec-fetch-site", "same-origin").file("a", &[b'x'; 3000]);
    let answer = request.send().await;
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains("The file exceeds the limit of 2000 bytes."), "{}", answer.text());
}
