//! Tests of `/verify`, `/forgot` and `/reset`.

use crate::support::{Browser, PASSWORD, TestApp, app::limit, browser::field};

const NEW: &str = "another horse battery";

#[tokio::test]
async fn verification_link_shows_a_form_and_changes_nothing_until_submitted() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    let link = app.last_mail().link();
    let path = link.strip_prefix("http://localhost:5150").unwrap_or(&link);
    let path = path.split_once("/verify").map_or(path, |(_, query)| query);
    let path = format!("/verify{path}");
    for method in ["GET", "HEAD", "GET"] {
        let response = browser.send(browser.request(method, &path)).await;
        assert_eq!(response.status, 200, "{method}");
        assert_eq!(response.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
    assert!(browser.page("/account").await.contains("not confirmed yet"));
    let page = browser.page(&path).await;
    let response = browser.submit("/verify", &[("token", &field(&page, "token"))]).await;
    assert_eq!(response.header("location"), Some("/account?notice=verified"));
    assert!(!browser.page("/account").await.contains("not confirmed yet"));
    let again = browser.submit("/verify", &[("token", &field(&page, "token"))]).await;
    assert_eq!(again.status, 422);
    assert!(again.text().contains("This link is no longer valid") && again.text().contains("action=\"/resend\""));
}

#[tokio::test]
async fn recovery_forms_return_equal_responses_for_known_and_unknown_addresses() {
    let app = TestApp::start().await;
    Browser::signed_in(&app, "ada").await;
    let before = app.mails().len();
    for email in ["ada@example.org", "unknown@example.org"] {
        let response = Browser::new(&app).submit("/resend", &[("email", email)]).await;
        assert_eq!(response.header("location"), Some("/verify?notice=verification-sent"), "{email}");
        let response = Browser::new(&app).submit("/forgot", &[("email", email)]).await;
        assert_eq!(response.header("location"), Some("/forgot?notice=reset-sent"), "{email}");
    }
    assert_eq!(app.mails().len(), before + 2);
    assert_eq!(Browser::new(&app).submit("/forgot", &[("email", "nowhere")]).await.status, 422);
}

#[tokio::test]
async fn password_reset_sets_the_password_and_ends_every_session() {
    let app = TestApp::start().await;
    let browser = Browser::signed_in(&app, "ada").await;
    Browser::new(&app).submit("/forgot", &[("email", "ada@example.org")]).await;
    let token = app.last_mail().token();
    let page = Browser::new(&app).page(&format!("/reset?token={token}")).await;
    assert_eq!(field(&page, "token"), token);
    let short = Browser::new(&app).submit("/reset", &[("token", &token), ("password", "canary")]).await;
    assert_eq!(short.status, 422);
    assert!(!short.text().contains("canary") && field(&short.text(), "token") == token, "{}", short.text());
    let response = Browser::new(&app).submit("/reset", &[("token", &token), ("password", NEW)]).await;
    assert_eq!(response.header("location"), Some("/login?notice=password-reset"));
    assert_eq!(browser.get("/documents").await.status, 303);
    Browser::new(&app).sign_in("ada@example.org", NEW).await;
    let used = Browser::new(&app).submit("/reset", &[("token", &token), ("password", PASSWORD)]).await;
    assert_eq!(used.status, 422);
    assert!(used.text().contains("Request a new link"), "{}", used.text());
}

#[tokio::test]
async fn recovery_forms_send_mail_to_a_trusted_device_after_other_clients_have_used_the_quota() {
    let app = TestApp::start_with(|config| limit(config, "mailbox", 1, 3600)).await;
    let (browser, other) = (Browser::signed_in(&app, "ada").await, Browser::new(&app));
    for form in ["/forgot", "/resend"] {
        for _ in 0..2 {
            other.submit(form, &[("email", "ada@example.org")]).await;
        }
        let sent = app.mails().len();
        assert_eq!(browser.submit(form, &[("email", "ada@example.org")]).await.status, 303);
        assert_eq!(app.mails().len(), sent + 1, "{form}");
    }
}

#[tokio::test]
async fn recovery_link_without_a_token_offers_a_new_link() {
    let app = TestApp::start().await;
    let browser = Browser::new(&app);
    assert!(browser.page("/reset").await.contains("Request a new link"));
    assert!(browser.page("/verify").await.contains("Send link"));
    let hostile = browser.page("/reset?token=%22%3E%3Cscript%3E").await;
    assert!(!hostile.contains("<script>"), "{hostile}");
}
