//! `/verify`, `/forgot` and `/reset`.

use crate::support::{Browser, PASSWORD, TestApp, browser::field};

const NEW: &str = "another horse battery";

#[tokio::test]
async fn a_mailed_link_shows_a_form_and_changes_nothing_until_it_is_sent() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let link = app.last_mail().link();
    let path = link.strip_prefix("http://localhost:5150").unwrap_or(&link);
    let path = path.split_once("/verify").map_or(path, |(_, query)| query);
    let path = format!("/verify{path}");
    for method in ["GET", "HEAD", "GET"] {
        let answer = browser.send(browser.request(method, &path)).await;
        assert_eq!(answer.status, 200, "{method}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert!(browser.see("/account").await.contains("not confirmed yet"));
    let page = browser.see(&path).await;
    let answer = browser.submit("/verify", &[("token", &field(&page, "token"))]).await;
    assert_eq!(answer.header("location"), Some("/account?notice=verified"));
    assert!(!browser.see("/account").await.contains("not confirmed yet"));
    let again = browser.submit("/verify", &[("token", &field(&page, "token"))]).await;
    assert_eq!(again.status, 422);
    assert!(again.text().contains("This link is no longer valid") && again.text().contains("action=\"/resend\""));
}

#[tokio::test]
async fn another_link_is_sent_whoever_asks_and_the_answer_tells_nothing() {
    let app = TestApp::start().await;
    Browser::signed_in(&app, "ada").await;
    let before = app.mails().len();
    for email in ["ada@example.org", "nobody@example.org"] {
        let answer = Browser::new(&app).submit("/resend", &[("email", email)]).await;
        assert_eq!(answer.header("location"), Some("/verify?notice=verification-sent"), "{email}");
        let answer = Browser::new(&app).submit("/forgot", &[("email", email)]).await;
        assert_eq!(answer.header("location"), Some("/forgot?notice=reset-sent"), "{email}");
    }
    assert_eq!(app.mails().len(), before + 2);
    assert_eq!(Browser::new(&app).submit("/forgot", &[("email", "nowhere")]).await.status, 422);
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_every_session_ends() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    Browser::new(&app).submit("/forgot", &[("email", "ada@example.org")]).await;
    let token = app.last_mail().token();
    let page = Browser::new(&app).see(&format!("/reset?token={token}")).await;
    assert_eq!(field(&page, "token"), token);
    let short = Browser::new(&app).submit("/reset", &[("token", &token), ("password", "canary")]).await;
    assert_eq!(short.status, 422);
    assert!(!short.text().contains("canary") && field(&short.text(), "token") == token, "{}", short.text());
    let answer = Browser::new(&app).submit("/reset", &[("token", &token), ("password", NEW)]).await;
    assert_eq!(answer.header("location"), Some("/login?notice=password-reset"));
    assert_eq!(browser.get("/documents").await.status, 303);
    Browser::new(&app).sign_in("ada@example.org", NEW).await;
    let used = Browser::new(&app).submit("/reset", &[("token", &token), ("password", PASSWORD)]).await;
    assert_eq!(used.status, 422);
    assert!(used.text().contains("Request a new link"), "{}", used.text());
}

#[tokio::test]
async fn a_link_without_a_token_says_what_to_do() {
    let app = TestApp::start().await;
    let browser = Browser::new(&app);
    assert!(browser.see("/reset").await.contains("Request a new link"));
    assert!(browser.see("/verify").await.contains("Send link"));
    let hostile = browser.see("/reset?token=%22%3E%3Cscript%3E").await;
    assert!(!hostile.contains("<script>"), "{hostile}");
}
