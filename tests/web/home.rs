//! Tests of `GET /`.

use crate::support::{Browser, TestApp};

#[tokio::test]
async fn home_page_has_the_visitor_language() {
    let app = TestApp::start().await;
    let (english, german) = (Browser::new(&app).page("/").await, Browser::german(&app).page("/").await);
    assert!(english.contains("<html lang=\"en\">") && english.contains("Create an account"), "{english}");
    assert!(german.contains("<html lang=\"de\">") && german.contains("Konto erstellen"), "{german}");
}

#[tokio::test]
async fn home_page_sets_no_cookie() {
    let app = TestApp::start().await;
    assert!(Browser::new(&app).get("/").await.header("set-cookie").is_none());
}

#[tokio::test]
async fn home_page_links_to_documents_if_signed_in() {
    let app = TestApp::start().await;
    let page = Browser::signed_in(&app, "ada").await.page("/").await;
    assert!(page.contains("href=\"/documents\"") && !page.contains("href=\"/login\""), "{page}");
}
