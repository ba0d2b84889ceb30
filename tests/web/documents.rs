//! Tests of `/documents` and of the editor.

use std::time::Duration;

use ballast::views::renderer::Renderer;
use serde_json::json;

use crate::support::{
    Browser, TestApp, TestResponse,
    browser::{field, id_from_location},
};

async fn create(browser: &Browser<'_>, title: &str, body: &str) -> String {
    id_from_location(&browser.submit("/documents", &[("title", title), ("body", body)]).await)
}

async fn save(browser: &Browser<'_>, id: &str, version: &str, body: &str) -> TestResponse {
    let fields = [("title", "T"), ("body", body), ("version", version), ("pane", "pdf")];
    browser.submit(&format!("/documents/{id}"), &fields).await
}

/// Returns the query string of a search for `words`.
fn query(words: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("q", words).finish()
}

#[tokio::test]
async fn empty_document_list_offers_the_example() {
    let app = TestApp::start().await;
    let page = Browser::signed_in(&app, "ada").await.page("/documents").await;
    assert!(page.contains("No documents yet") && page.contains("Start with the example"), "{page}");
    assert!(!page.contains("role=\"search\""), "an empty list needs no search");
}

#[tokio::test]
async fn document_is_created_listed_opened_and_removed() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "<b>Weir</b>", "# A\r\n\r\n*b*").await;
    let list = browser.page("/documents").await;
    assert!(list.contains(&format!("<a href=\"/documents/{id}\">&lt;b&gt;Weir&lt;/b&gt;</a>")), "{list}");
    let page = browser.page(&format!("/documents/{id}")).await;
    assert!(page.contains("\n# A\n\n*b*</textarea>"), "line ends are normalized to LF: {page}");
    assert!(page.contains("<h2>A</h2>\n<p><em>b</em></p>"), "{page}");
    let response = browser.submit(&format!("/documents/{id}/removal"), &[]).await;
    assert_eq!(response.header("location"), Some("/documents?notice=document-removed"));
    assert!(browser.page("/documents?notice=document-removed").await.contains("The document was deleted."));
    assert_eq!(browser.get(&format!("/documents/{id}")).await.status, 404);
}

#[tokio::test]
async fn editor_preserves_leading_empty_lines() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "\n\na").await;
    // Browsers remove exactly one newline after the start tag (HTML, section 13.1.2.5).
    assert!(browser.page(&format!("/documents/{id}")).await.contains(">\n\n\na</textarea>"));
}

#[tokio::test]
async fn document_search_matches_words_literally() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    for title in ["The old weir", "The old mill", "100% water", "1000 waters"] {
        create(&browser, title, "").await;
    }
    let found = async |q: &str| {
        let page = browser.page(&format!("/documents?q={q}")).await;
        ["weir", "mill", "100%", "1000"]
            .map(|title| page.contains(&format!("{title}</a>")) || page.contains(&format!(">{title} water")))
    };
    assert_eq!(found("OLD").await, [true, true, false, false]);
    assert_eq!(found("weir+the").await, [true, false, false, false]);
    assert_eq!(found("100%25").await, [false, false, true, false]);
    assert_eq!(found("_").await, [false; 4]);
    let none = browser.page("/documents?q=%3Cscript%3E%00").await;
    assert!(none.contains("Nothing found") && !none.contains("<script>"), "{none}");
}

#[tokio::test]
async fn document_search_folds_the_case_of_every_script() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let titles = ["\u{dc}berblick 2026", "E\u{301}clair", "\u{41e}\u{442}\u{447}\u{451}\u{442}", "Stra\u{df}e", "Uber"];
    for title in titles {
        create(&browser, title, "").await;
    }
    let found = async |words: &str| {
        let page = browser.page(&format!("/documents?{}", query(words))).await;
        titles.into_iter().filter(|title| page.contains(&format!(">{title}</a>"))).collect::<Vec<_>>()
    };
    for (words, expected) in [
        ("\u{fc}berblick", titles[0]),
        ("\u{dc}BERBLICK 2026", titles[0]),
        ("u\u{308}berblick", titles[0]),
        ("\u{c9}CLAIR", titles[1]),
        ("\u{e9}clair", titles[1]),
        ("\u{43e}\u{442}\u{447}\u{451}\u{442}", titles[2]),
        ("\u{41e}\u{422}\u{427}\u{401}\u{422}", titles[2]),
        ("STRASSE", titles[3]),
        ("stra\u{df}e", titles[3]),
        ("uber", titles[4]),
    ] {
        assert_eq!(found(words).await, [expected], "{words}");
    }
}

#[tokio::test]
async fn document_search_finds_the_new_title_after_each_kind_of_update() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "T", "").await;
    let found = async |words: &str| browser.page(&format!("/documents?{}", query(words))).await.contains(&id);
    let version = field(&browser.page(&format!("/documents/{id}")).await, "version");
    let fields = [("title", "\u{d6}lberg"), ("body", ""), ("version", &version), ("pane", "pdf")];
    assert_eq!(browser.submit(&format!("/documents/{id}"), &fields).await.status, 303);
    assert!(found("\u{f6}lberg").await);
    let body = json!({ "title": "\u{c4}pfel", "body": "" });
    let user = app.sign_in("ada").await;
    assert_eq!(app.put(&format!("/api/v1/documents/{id}")).bearer(&user).json(&body).send().await.status, 200);
    assert_eq!((found("\u{e4}pfel").await, found("\u{f6}lberg").await), (true, false));
}

#[tokio::test]
async fn document_list_keeps_the_search_across_pages() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    for number in 0..3 {
        create(&browser, &format!("weir {number}"), "").await;
    }
    let page = browser.page("/documents?q=weir&page_size=2&page=1").await;
    assert!(page.contains("href=\"/documents?q=weir&amp;page=2\"") && page.contains("Page 1 of 2"), "{page}");
    for bad in ["page=0", "page=x", "page_size=1000"] {
        assert_eq!(browser.get(&format!("/documents?{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn editor_saves_a_change_and_shows_a_message() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "one").await;
    let page = browser.page(&format!("/documents/{id}")).await;
    let response = save(&browser, &id, &field(&page, "version"), "two").await;
    assert_eq!(response.header("location"), Some(format!("/documents/{id}?pane=pdf&notice=saved").as_str()));
    let page = browser.page(response.header("location").unwrap()).await;
    assert!(
        page.contains("two</textarea>") && page.contains("<p class=\"notice\" role=\"status\">Saved.</p>"),
        "{page}"
    );
}

#[tokio::test]
async fn editor_shows_a_conflict_and_keeps_the_text_if_the_document_changed() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "one").await;
    let version = field(&browser.page(&format!("/documents/{id}")).await, "version");
    assert_eq!(save(&browser, &id, &version, "first").await.status, 303);
    let rejected = save(&browser, &id, &version, "second").await;
    let page = rejected.text();
    assert_eq!(rejected.status, 409, "{page}");
    assert!(page.contains("second</textarea>") && page.contains("changed in another window"), "{page}");
    assert!(browser.page(&format!("/documents/{id}")).await.contains("first</textarea>"));
    // The conflict page contains the new version. A request with this version replaces the document.
    assert_eq!(save(&browser, &id, &field(&page, "version"), "second").await.status, 303);
    assert!(browser.page(&format!("/documents/{id}")).await.contains("second</textarea>"));
}

/// Sends ten concurrent updates of `version`. Returns the number of saved updates and of conflicts.
async fn save_ten_concurrently(browser: &Browser<'_>, id: &str, version: &str) -> (usize, usize) {
    let texts: Vec<_> = (0..10).map(|number| format!("text {number}")).collect();
    let responses = futures_util::future::join_all(texts.iter().map(|text| save(browser, id, version, text))).await;
    let count = |status: u16| responses.iter().filter(|response| response.status == status).count();
    (count(303), count(409))
}

#[tokio::test]
async fn editor_saves_one_of_ten_concurrent_updates_of_one_version() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "one").await;
    let version = field(&browser.page(&format!("/documents/{id}")).await, "version");
    assert_eq!(save_ten_concurrently(&browser, &id, &version).await, (1, 9));
    // An update without a version replaces the document without a conflict.
    assert_eq!(save_ten_concurrently(&browser, &id, "").await, (10, 0));
}

#[tokio::test]
async fn editor_shows_rule_violations_and_keeps_the_text() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "one").await;
    let response = browser.submit(&format!("/documents/{id}"), &[("title", " "), ("body", "kept")]).await;
    let page = response.text();
    assert_eq!(response.status, 422, "{page}");
    assert!(page.contains("Enter a title of 1 to 200 characters.") && page.contains("kept</textarea>"), "{page}");
    assert!(page.contains("<title>Error: t"), "{page}");
}

#[tokio::test]
async fn preview_stores_nothing() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "stored").await;
    let fields = [("title", "t"), ("body", "*shown* <script>alert(1)</script>")];
    let page = browser.submit(&format!("/documents/{id}/preview"), &fields).await.text();
    assert!(page.contains("<p><em>shown</em> &lt;script&gt;alert(1)&lt;/script&gt;</p>"), "{page}");
    assert!(page.contains("<span data-when=\"changed\">Not saved yet."), "{page}");
    assert!(browser.page(&format!("/documents/{id}")).await.contains("stored</textarea>"));
}

#[tokio::test]
async fn editor_returns_json_to_scripts() {
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
async fn document_pages_return_404_for_other_users() {
    let app = TestApp::start().await;
    let (ada, eve) = (Browser::signed_in(&app, "ada").await, Browser::signed_in(&app, "eve").await);
    let id = create(&ada, "secret", "text").await;
    for path in ["", "/print", "/pdf"] {
        assert_eq!(eve.get(&format!("/documents/{id}{path}")).await.status, 404, "{path}");
    }
    for path in ["", "/preview", "/typesettings", "/removal"] {
        let response = eve.submit(&format!("/documents/{id}{path}"), &[("title", "t"), ("body", "b")]).await;
        assert_eq!(response.status, 404, "{path}");
    }
    assert!(ada.page(&format!("/documents/{id}")).await.contains("text</textarea>"));
    assert!(!eve.page("/documents?q=secret").await.contains(&id));
}

#[tokio::test]
async fn editor_accepts_a_body_of_one_mebibyte_with_maximum_encoding() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let longest = "\u{e9}".repeat(512 * 1024);
    let id = create(&browser, "t", &longest).await;
    let response =
        browser.submit(&format!("/documents/{id}"), &[("title", "t"), ("body", &format!("{longest}a"))]).await;
    assert_eq!(response.status, 422);
    let beyond = browser.submit("/documents", &[("title", "t"), ("body", &"\u{e9}".repeat(600 * 1024))]).await;
    assert_eq!(beyond.status, 413);
}

#[tokio::test]
async fn large_page_is_not_rendered_by_the_serving_thread() {
    let mut app = TestApp::start().await;
    // Permits no rendering threads, so that only the serving thread can render a page.
    app.replace_services(|services| services.renderer = Renderer::new(0, Duration::ZERO)).await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "t", "one").await;
    for (bytes, status) in [(1024, 422), (100 * 1024, 503)] {
        let fields = [("title", " "), ("body", &*"a".repeat(bytes))];
        assert_eq!(browser.submit(&format!("/documents/{id}"), &fields).await.status, status, "{bytes}");
    }
}

#[tokio::test]
async fn document_over_the_quota_stays_in_the_editor() {
    let app =
        TestApp::start_with(|config| config.settings.as_mut().unwrap()["storage"]["upload_quota_bytes"] = json!(4096))
            .await;
    let browser = Browser::signed_in(&app, "ada").await;
    let id = create(&browser, "T", "short").await;
    let text = "It rained. ".repeat(500);
    let response = save(&browser, &id, "", &text).await;
    assert_eq!(response.status, 413);
    let page = response.text();
    assert!(page.contains("Your storage is full") && page.contains(text.trim_end()), "{page}");
    let stale = save(&browser, &id, "2020-01-01T00:00:00Z", &text).await;
    assert_eq!(stale.status, 409, "a conflict takes precedence over the quota");
}
