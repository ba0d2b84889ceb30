//! `/documents` and the editor.

use std::time::Duration;

use ballast::views::renderer::Renderer;
use serde_json::json;

use crate::support::{
    Answer, Browser, TestApp,
    browser::{field, id_of},
};

async fn create(browser: &Browser<'_>, title: &str, body: &str) -> String {
    id_of(&browser.submit("/documents", &[("title", title), ("body", body)]).await)
}

async fn save(browser: &Browser<'_>, id: &str, version: &str, body: &str) -> Answer {
    let fields = [("title", "T"), ("body", body), ("version", version), ("pane", "pdf")];
    browser.submit(&format!("/documents/{id}"), &fields).await
}

#[tokio::test]
async fn nothing_written_yet_is_said_with_what_to_do() {
    let app = TestApp::start().await;
    let page = Browser::signed_in(&app, "ada").await.see("/documents").await;
    assert!(page.contains("No documents yet") && page.contains("Start with the example"), "{page}");
    assert!(!page.contains("role=\"search\""), "there is nothing to search");
}

#[tokio::test]
async fn a_document_is_begun_listed_opened_and_removed() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "<b>Weir</b>", "# A\r\n\r\n*b*").await;
    let list = browser.see("/documents").await;
    assert!(list.contains(&format!("<a href=\"/documents/{id}\">&lt;b&gt;Weir&lt;/b&gt;</a>")), "{list}");
    let page = browser.see(&format!("/documents/{id}")).await;
    assert!(page.contains("\n# A\n\n*b*</textarea>"), "ends of lines are the text's own: {page}");
    assert!(page.contains("<h2>A</h2>\n<p><em>b</em></p>"), "{page}");
    let answer = browser.submit(&format!("/documents/{id}/removal"), &[]).await;
    assert_eq!(answer.header("location"), Some("/documents?notice=document-removed"));
    assert!(browser.see("/documents?notice=document-removed").await.contains("The document was deleted."));
    assert_eq!(browser.get(&format!("/documents/{id}")).await.status, 404);
}

#[tokio::test]
async fn a_text_that_begins_with_an_empty_line_keeps_it() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "\n\na").await;
    // A browser drops one newline after the tag (HTML, section 13.1.2.5), and one alone.
    assert!(browser.see(&format!("/documents/{id}")).await.contains(">\n\n\na</textarea>"));
}

#[tokio::test]
async fn titles_are_searched_word_by_word_and_literally() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    for title in ["The old weir", "The old mill", "100% water", "1000 waters"] {
        create(&browser, title, "").await;
    }
    let found = async |q: &str| {
        let page = browser.see(&format!("/documents?q={q}")).await;
        ["weir", "mill", "100%", "1000"]
            .map(|mark| page.contains(&format!("{mark}</a>")) || page.contains(&format!(">{mark} water")))
    };
    assert_eq!(found("OLD").await, [true, true, false, false]);
    assert_eq!(found("weir+the").await, [true, false, false, false]);
    assert_eq!(found("100%25").await, [false, false, true, false]);
    assert_eq!(found("_").await, [false; 4]);
    let none = browser.see("/documents?q=%3Cscript%3E%00").await;
    assert!(none.contains("Nothing found") && !none.contains("<script>"), "{none}");
}

#[tokio::test]
async fn a_long_list_has_pages_that_keep_what_was_searched() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    for number in 0..3 {
        create(&browser, &format!("weir {number}"), "").await;
    }
    let page = browser.see("/documents?q=weir&page_size=2&page=1").await;
    assert!(page.contains("href=\"/documents?q=weir&amp;page=2\"") && page.contains("Page 1 of 2"), "{page}");
    for bad in ["page=0", "page=x", "page_size=1000"] {
        assert_eq!(browser.get(&format!("/documents?{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn a_change_is_saved_and_said_so() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "one").await;
    let page = browser.see(&format!("/documents/{id}")).await;
    let answer = save(&browser, &id, &field(&page, "version"), "two").await;
    assert_eq!(answer.header("location"), Some(format!("/documents/{id}?pane=pdf&notice=saved").as_str()));
    let page = browser.see(answer.header("location").unwrap()).await;
    assert!(
        page.contains("two</textarea>") && page.contains("<p class=\"notice\" role=\"status\">Saved.</p>"),
        "{page}"
    );
}

#[tokio::test]
async fn of_two_who_write_at_once_the_second_is_told_and_loses_nothing() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "one").await;
    let version = field(&browser.see(&format!("/documents/{id}")).await, "version");
    assert_eq!(save(&browser, &id, &version, "first").await.status, 303);
    let refused = save(&browser, &id, &version, "second").await;
    let page = refused.text();
    assert_eq!(refused.status, 409, "{page}");
    assert!(page.contains("second</textarea>") && page.contains("changed in another window"), "{page}");
    assert!(browser.see(&format!("/documents/{id}")).await.contains("first</textarea>"));
    // Who has been told may replace it.
    assert_eq!(save(&browser, &id, &field(&page, "version"), "second").await.status, 303);
    assert!(browser.see(&format!("/documents/{id}")).await.contains("second</textarea>"));
}

/// Ten save at once what they wrote from this version: how many were told that it is saved, and how many
/// that it was changed meanwhile.
async fn ten_at_once(browser: &Browser<'_>, id: &str, version: &str) -> (usize, usize) {
    let texts: Vec<_> = (0..10).map(|number| format!("text {number}")).collect();
    let answers = futures_util::future::join_all(texts.iter().map(|text| save(browser, id, version, text))).await;
    let told = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
    (told(303), told(409))
}

#[tokio::test]
async fn of_ten_who_save_one_version_at_once_one_succeeds() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "one").await;
    let version = field(&browser.see(&format!("/documents/{id}")).await, "version");
    assert_eq!(ten_at_once(&browser, &id, &version).await, (1, 9));
    // Who does not say what they wrote from overwrites the others, and nobody is told.
    assert_eq!(ten_at_once(&browser, &id, "").await, (10, 0));
}

#[tokio::test]
async fn what_is_wrong_with_a_text_is_said_beside_it() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "one").await;
    let answer = browser.submit(&format!("/documents/{id}"), &[("title", " "), ("body", "kept")]).await;
    let page = answer.text();
    assert_eq!(answer.status, 422, "{page}");
    assert!(page.contains("Enter a title of 1 to 200 characters.") && page.contains("kept</textarea>"), "{page}");
    assert!(page.contains("<title>Error: t"), "{page}");
}

#[tokio::test]
async fn a_preview_stores_nothing() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "stored").await;
    let fields = [("title", "t"), ("body", "*shown* <script>alert(1)</script>")];
    let page = browser.submit(&format!("/documents/{id}/preview"), &fields).await.text();
    assert!(page.contains("<p><em>shown</em> &lt;script&gt;alert(1)&lt;/script&gt;</p>"), "{page}");
    assert!(page.contains("<span data-when=\"changed\">Not saved yet."), "{page}");
    assert!(browser.see(&format!("/documents/{id}")).await.contains("stored</textarea>"));
}

#[tokio::test]
async fn a_script_is_answered_with_json() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "one").await;
    let cookie = format!("__Host-ballast={}", browser.cookie("__Host-ballast").unwrap());
    let post = async |path: &str, fields: &[(&str, &str)]| {
        let request = app.post(path).header("accept", "application/json").header("cookie", &cookie);
        request.header("sec-fetch-site", "same-origin").form(fields).send().await
    };
    let path = format!("/documents/{id}");
    let saved = post(&path, &[("title", "t"), ("body", "two")]).await.json();
    assert_eq!((saved["id"].as_str(), saved["title"].as_str()), (Some(id.as_str()), Some("t")));
    let stale = post(&path, &[("title", "t"), ("body", "x"), ("version", "2020-01-01T00:00:00Z")]).await;
    assert_eq!(stale.error_code(), "conflict");
    assert_eq!(post(&path, &[("title", ""), ("body", "x")]).await.error_code(), "validation_error");
    let preview = post(&format!("{path}/preview"), &[("title", "t"), ("body", "*a*")]).await.json();
    assert_eq!(preview, json!({ "html": "<p><em>a</em></p>\n" }));
}

#[tokio::test]
async fn a_stranger_s_document_is_not_there() {
    let app = TestApp::start().await;
    let (ada, eve) = (Browser::signed_in(&app, "ada").await, Browser::signed_in(&app, "eve").await);
    let id = create(&ada, "secret", "text").await;
    for path in ["", "/print", "/pdf"] {
        assert_eq!(eve.get(&format!("/documents/{id}{path}")).await.status, 404, "{path}");
    }
    for path in ["", "/preview", "/typesettings", "/removal"] {
        let answer = eve.submit(&format!("/documents/{id}{path}"), &[("title", "t"), ("body", "b")]).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    assert!(ada.see(&format!("/documents/{id}")).await.contains("text</textarea>"));
    assert!(!eve.see("/documents?q=secret").await.contains(&id));
}

#[tokio::test]
async fn a_text_of_a_mebibyte_of_what_a_form_writes_longest_fits() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let longest = "\u{e9}".repeat(512 * 1024);
    let id = create(&browser, "t", &longest).await;
    let answer = browser.submit(&format!("/documents/{id}"), &[("title", "t"), ("body", &format!("{longest}a"))]).await;
    assert_eq!(answer.status, 422);
    let beyond = browser.submit("/documents", &[("title", "t"), ("body", &"\u{e9}".repeat(600 * 1024))]).await;
    assert_eq!(beyond.status, 413);
}

#[tokio::test]
async fn large_page_is_not_rendered_by_the_thread_that_serves_it() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "one").await;
    // No other thread may render, so that a page is shown only if the thread that serves it renders it.
    app.ctx.shared_store.insert(Renderer::new(0, Duration::ZERO));
    for (bytes, status) in [(1024, 422), (100 * 1024, 503)] {
        let fields = [("title", " "), ("body", &*"a".repeat(bytes))];
        assert_eq!(browser.submit(&format!("/documents/{id}"), &fields).await.status, status, "{bytes}");
    }
}

#[tokio::test]
async fn text_over_the_quota_stays_in_the_editor() {
    let app =
        TestApp::start_with(|config| config.settings.as_mut().unwrap()["storage"]["upload_quota_bytes"] = json!(4096))
            .await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "T", "short").await;
    let text = "It rained. ".repeat(500);
    let answer = save(&browser, &id, "", &text).await;
    assert_eq!(answer.status, 413);
    let page = answer.text();
    assert!(page.contains("Your storage is full") && page.contains(text.trim_end()), "{page}");
    let stale = save(&browser, &id, "2020-01-01T00:00:00Z", &text).await;
    assert_eq!(stale.status, 409, "a changed document is a conflict, whatever the quota");
}
