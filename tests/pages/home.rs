//! `GET /`.

use crate::support::{Browser, TestApp};

#[tokio::test]
async fn it_says_what_this_is_in_the_reader_s_language() {
    let app = TestApp::start().await;
    let (english, german) = (Browser::new(&app).see("/").await, Browser::german(&app).see("/").await);
    assert!(english.contains("<html lang=\"en\">") && english.contains("Create an account"), "{english}");
    assert!(german.contains("<html lang=\"de\">") && german.contains("Konto erstellen"), "{german}");
}

#[tokio::test]
async fn nothing_is_kept_in_the_browser_of_who_only_comes_by() {
    let app = TestApp::start().await;
    assert!(Browser::new(&app).get("/").await.header("set-cookie").is_none());
}

#[tokio::test]
async fn who_is_signed_in_finds_the_way_back_in() {
    let app = TestApp::start().await;
    let page = Browser::signed_in(&app, "ada").await.see("/").await;
    assert!(page.contains("href=\"/documents\"") && !page.contains("href=\"/login\""), "{page}");
}
