//! Tests of `/documents/{id}/typesettings`, `/print` and `/pdf`.

use ballast::models::{documents, typesettings};
use sea_orm::EntityTrait;
use uuid::Uuid;

use crate::support::{
    Browser, TestApp,
    browser::{field, id_from_location},
};

/// Creates a document with this text, and typesets the document. Tests run a job in the request that enqueues the job.
async fn typeset(browser: &Browser<'_>, body: &str) -> String {
    let id = id_from_location(&browser.submit("/documents", &[("title", "Weir"), ("body", "old")]).await);
    let version = field(&browser.page(&format!("/documents/{id}")).await, "version");
    let fields = [("title", "Weir"), ("body", body), ("version", version.as_str())];
    let response = browser.submit(&format!("/documents/{id}/typesettings"), &fields).await;
    assert_eq!(response.header("location"), Some(format!("/documents/{id}?pane=pdf").as_str()), "{}", response.text());
    id
}

/// Inserts a typesetting of the only document without enqueuing a job.
async fn insert_without_job(app: &TestApp) {
    let document = documents::Entity::find().one(&app.db).await.unwrap().unwrap();
    let now = ballast::clock::now();
    typesettings::Model::create(&app.db, document.id, Uuid::now_v7(), now).await.unwrap();
}

#[tokio::test]
async fn pdf_request_saves_the_form_and_typesets_it() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = typeset(&browser, "new words").await;
    let page = browser.page(&format!("/documents/{id}")).await;
    assert!(page.contains("new words</textarea>") && page.contains("one page"), "{page}");
    assert!(page.contains("<iframe src=\"/documents/") && !page.contains("the text has changed"), "{page}");
    browser.submit(&format!("/documents/{id}"), &[("title", "Weir"), ("body", "newer")]).await;
    assert!(browser.page(&format!("/documents/{id}/print")).await.contains("the text has changed"));
}

#[tokio::test]
async fn pdf_status_is_refreshed_without_a_script() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = id_from_location(&browser.submit("/documents", &[("title", "Weir"), ("body", "words")]).await);
    let page = browser.page(&format!("/documents/{id}?pane=pdf")).await;
    assert!(page.contains("No PDF yet") && !page.contains("http-equiv"), "{page}");
    insert_without_job(&app).await;
    let page = browser.page(&format!("/documents/{id}?pane=pdf")).await;
    assert!(page.contains("In the queue") && page.contains("<progress"), "{page}");
    assert!(page.contains("<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>"), "{page}");
    let part = browser.page(&format!("/documents/{id}/print")).await;
    assert!(part.contains("data-under-way") && !part.contains("<html"), "{part}");
}

#[tokio::test]
async fn failed_typesetting_shows_its_error_and_the_older_pdf() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = typeset(&browser, "words").await;
    let deep = format!("{} deep", ">".repeat(40));
    browser.submit(&format!("/documents/{id}/typesettings"), &[("title", "Weir"), ("body", &deep)]).await;
    let part = browser.page(&format!("/documents/{id}/print")).await;
    assert!(part.contains("The PDF could not be made.") && part.contains("levels of nesting"), "{part}");
    assert!(part.contains("<iframe"), "{part}");
}

#[tokio::test]
async fn pdf_can_be_framed_by_the_same_origin_only() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let none = id_from_location(&browser.submit("/documents", &[("title", "t"), ("body", "")]).await);
    assert_eq!(browser.get(&format!("/documents/{none}/pdf")).await.status, 404, "there is no PDF yet");
    let id = typeset(&browser, "words").await;
    let pdf = browser.get(&format!("/documents/{id}/pdf")).await;
    assert!(pdf.bytes.starts_with(b"%PDF-"));
    assert_eq!(pdf.header("content-type"), Some("application/pdf"));
    assert_eq!(pdf.header("content-security-policy"), Some("default-src 'none'; frame-ancestors 'self'"));
    assert_eq!(pdf.header("x-frame-options"), Some("SAMEORIGIN"));
    assert_eq!(pdf.header("cache-control"), Some("private, no-cache"));
    assert!(pdf.header("content-disposition").unwrap().starts_with("inline; filename=\"Weir.pdf\""));
    let kept = browser.get(&format!("/documents/{id}/pdf?download=1")).await;
    assert!(kept.header("content-disposition").unwrap().starts_with("attachment; filename=\"Weir.pdf\""));
    let again = browser.request("GET", &format!("/documents/{id}/pdf"));
    assert_eq!(again.header("if-none-match", pdf.header("etag").unwrap()).send().await.status, 304);
}

#[tokio::test]
async fn invalid_document_is_not_typeset() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = id_from_location(&browser.submit("/documents", &[("title", "t"), ("body", "")]).await);
    let response = browser.submit(&format!("/documents/{id}/typesettings"), &[("title", ""), ("body", "kept")]).await;
    assert_eq!(response.status, 422);
    assert!(response.text().contains("kept</textarea>"));
    assert!(typesettings::Entity::find().one(&app.db).await.unwrap().is_none());
}

#[tokio::test]
async fn editor_button_urls_redirect_to_the_editor() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = id_from_location(&browser.submit("/documents", &[("title", "t"), ("body", "")]).await);
    for button in ["preview", "typesettings"] {
        let response = browser.get(&format!("/documents/{id}/{button}")).await;
        assert_eq!(response.header("location"), Some(format!("/documents/{id}").as_str()), "{button}");
    }
}
