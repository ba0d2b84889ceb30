//! Tests of `/uploads`.

use crate::support::{Browser, TestApp, request::form};

const PNG: &[u8] = include_bytes!("../../docs/tour/river.png");

async fn upload(browser: &Browser<'_>, name: &str, bytes: &[u8]) -> String {
    let request = browser.request("POST", "/uploads").header("sec-fetch-site", "same-origin").file(name, bytes);
    let response = request.send().await;
    assert_eq!(response.header("location"), Some("/uploads?notice=uploaded"), "{}", response.text());
    let page = browser.page("/uploads").await;
    let (_, after) = page.split_once("href=\"/uploads/").unwrap();
    after.split('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn empty_upload_list_shows_the_upload_form() {
    let app = TestApp::start().await;
    let page = Browser::signed_in(&app, "ada").await.page("/uploads").await;
    assert!(page.contains("No files yet") && page.contains("type=\"file\"") && page.contains("10 MB"), "{page}");
}

#[tokio::test]
async fn upload_list_shows_images_file_names_and_usage() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let image = upload(&browser, "river.png", PNG).await;
    let text = upload(&browser, "<b>.txt", b"words").await;
    let page = browser.page("/uploads").await;
    assert!(page.contains(&format!("<img src=\"/uploads/{image}/content\" alt=\"river.png\"")), "{page}");
    assert!(!page.contains(&format!("<img src=\"/uploads/{text}")) && page.contains("&lt;b&gt;.txt"), "{page}");
    assert!(page.contains("2 files, ") && page.contains(" of 1.0 GB used"), "{page}");
    let used = PNG.len() + "words".len();
    assert!(
        page.contains(&format!("<meter min=\"0\" max=\"1000000000\" high=\"900000000\" value=\"{used}\"")),
        "{page}"
    );
    let bytes = browser.get(&format!("/uploads/{image}/content")).await;
    assert_eq!((&bytes.bytes[..], bytes.header("content-type")), (PNG, Some("image/png")));
    assert_eq!(bytes.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    assert_eq!(bytes.header("cache-control"), Some("private, no-cache"));
    assert!(bytes.header("content-disposition").unwrap().starts_with("inline"));
    let kept = browser.get(&format!("/uploads/{image}/content?download=1")).await;
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
async fn upload_returns_json_to_scripts() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let cookie = format!("__Host-ballast={}", browser.cookie("__Host-ballast").unwrap());
    let request = app.post("/uploads").header("accept", "application/json").header("cookie", &cookie);
    let response = request.header("sec-fetch-site", "same-origin").file("a.png", PNG).send().await;
    assert_eq!(response.status, 201);
    assert_eq!(response.json()["media_type"], "image/png");
}

#[tokio::test]
async fn upload_form_rejects_unknown_fields() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let other = "--edge\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n";
    let request = browser.request("POST", "/uploads").header("sec-fetch-site", "same-origin");
    let request = request.header("content-type", "multipart/form-data; boundary=edge");
    let response = request.body([other.as_bytes(), &form("a.txt", b"b")].concat()).send().await;
    assert_eq!(response.status, 422);
    // Only web pages accept a CSRF token before the file. The API accepts only the file.
    let user = app.sign_in("eve").await;
    let own = other.replace("other", "csrf_token");
    let request =
        app.post("/api/v1/uploads").bearer(&user).header("content-type", "multipart/form-data; boundary=edge");
    assert_eq!(
        request.body([own.as_bytes(), &form("a.txt", b"b")].concat()).send().await.error_code(),
        "validation_error"
    );
}

#[tokio::test]
async fn upload_is_removed_by_its_owner_only() {
    let app = TestApp::start().await;
    let (ada, eve) = (Browser::signed_in(&app, "ada").await, Browser::signed_in(&app, "eve").await);
    let id = upload(&ada, "river.png", PNG).await;
    assert_eq!(eve.get(&format!("/uploads/{id}/content")).await.status, 404);
    assert_eq!(eve.submit(&format!("/uploads/{id}/removal"), &[]).await.status, 404);
    let response = ada.submit(&format!("/uploads/{id}/removal"), &[]).await;
    assert_eq!(response.header("location"), Some("/uploads?notice=upload-removed"));
    assert_eq!(ada.get(&format!("/uploads/{id}/content")).await.status, 404);
}

#[tokio::test]
async fn upload_over_the_size_limit_returns_a_page() {
    let app = TestApp::start_with(|config| {
        config.settings.as_mut().unwrap()["storage"]["upload_max_bytes"] = serde_json::json!(2000);
    })
    .await;
    let browser = Browser::signed_in(&app, "ada").await;
    let request = browser.request("POST", "/uploads").header("sec-fetch-site", "same-origin").file("a", &[b'x'; 3000]);
    let response = request.send().await;
    assert_eq!(response.status, 413);
    assert!(response.text().contains("The file exceeds the limit of 2000 bytes."), "{}", response.text());
}
