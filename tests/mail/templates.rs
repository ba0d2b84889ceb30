//! Tests of the content of every kind of e-mail.

use insta::assert_json_snapshot;
use serde_json::json;

use super::{post, register, register_ada, rename};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn registration_sends_a_verification_link() {
    let app = TestApp::start().await;
    register_ada(&app).await;
    assert_eq!(app.mails().len(), 1);
    assert_json_snapshot!("verify", app.last_mail().redacted());
}

#[tokio::test]
async fn repeated_registration_notifies_the_owner() {
    let app = TestApp::start().await;
    register_ada(&app).await;
    register(&app, "Eve", "ADA@example.org").await;
    assert_eq!(app.mails().len(), 2);
    assert_json_snapshot!("registered", app.last_mail().redacted());
}

#[tokio::test]
async fn forgot_sends_a_reset_link() {
    let app = TestApp::start().await;
    register_ada(&app).await;
    post(&app, "forgot", "ada@example.org").await;
    assert_json_snapshot!("reset", app.last_mail().redacted());
}

#[tokio::test]
async fn password_change_notifies_the_owner() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let change = json!({ "current_password": PASSWORD, "password": "another horse battery" });
    app.put("/api/v1/auth/password").bearer(&user).json(&change).send().await;
    assert_json_snapshot!("password_changed", app.last_mail().redacted());
}

#[tokio::test]
async fn mail_has_the_request_id_of_its_request() {
    let app = TestApp::start().await;
    let responses = [
        register(&app, "Ada", "ada@example.org").await,
        register(&app, "Ada", "ada@example.org").await,
        post(&app, "resend", "ada@example.org").await,
        post(&app, "forgot", "ada@example.org").await,
    ];
    let mails = app.mails();
    assert_eq!(mails.len(), responses.len());
    for (mail, response) in mails.iter().zip(&responses) {
        assert_eq!(mail.header("X-Request-ID"), response.header("x-request-id").unwrap());
    }
}

#[tokio::test]
async fn hostile_name_is_escaped_and_kept_out_of_headers() {
    let app = TestApp::start().await;
    let user = register_ada(&app).await;
    let table = [
        ("<a href=//x>", "Hello <a href=//x>,", "Hello &lt;a href=//x&gt;,"),
        ("a\r\nBcc: b", "Hello a  Bcc: b,", "Hello a  Bcc: b,"),
        ("{{ link }}{% raw %}", "Hello {{ link }}{% raw %},", "Hello {{ link }}{% raw %},"),
        ("\"Ada\" & 'Eve'", "Hello \"Ada\" & 'Eve',", "Hello &quot;Ada&quot; &amp; &#39;Eve&#39;,"),
        ("\u{416}\u{e9}\u{1f600}", "Hello \u{416}\u{e9}\u{1f600},", "Hello \u{416}\u{e9}\u{1f600},"),
        ("Ada\u{202e}moc\u{2066}", "Hello Ada moc ,", "Hello Ada moc ,"),
        ("\r\n.\r\nRSET", "Hello   .  RSET,", "Hello   .  RSET,"),
    ];
    for (name, text, html) in table {
        rename(&app, user.clone(), name).await;
        post(&app, "forgot", "ada@example.org").await;
        let mail = app.last_mail();
        assert_eq!(mail.text.lines().next(), Some(text), "{name:?}");
        assert!(mail.html.contains(&format!("<p>{html}</p>")), "{name:?}: {}", mail.html);
        let names: Vec<_> = mail.headers.iter().map(|(name, _)| name.as_str()).collect();
        let expected = [
            "From",
            "To",
            "Subject",
            "Message-ID",
            "Auto-Submitted",
            "X-Request-ID",
            "Date",
            "MIME-Version",
            "Content-Type",
        ];
        let sorted = |mut list: Vec<&str>| {
            list.sort_unstable();
            list.join(" ")
        };
        assert_eq!(sorted(names), sorted(expected.to_vec()), "{name:?}");
        assert_eq!(mail.header("To"), "ada@example.org");
        assert!(!mail.headers.iter().any(|(_, value)| value.contains(name) || value.contains("Bcc")), "{name:?}");
    }
}

#[tokio::test]
async fn sender_is_the_configured_address_or_derived_from_the_public_url() {
    let from = async |sender: &str, host: &str| {
        let app = TestApp::start_with(|config| {
            config.settings.as_mut().unwrap()["mail"]["from"] = json!(sender);
            config.server.host = host.to_owned();
        })
        .await;
        register_ada(&app).await;
        app.last_mail().header("From").to_owned()
    };
    assert_eq!(
        from("Post \u{416} <post@example.com>", "https://example.org").await,
        "=?utf-8?b?UG9zdCDQlg==?= <post@example.com>"
    );
    assert_eq!(from("post@example.com", "https://example.org").await, "post@example.com");
    assert_eq!(from("", "https://example.org:8443/").await, "Ballast <no-reply@example.org>");
    assert_eq!(
        from("Ballast <post@m\u{fc}nchen.example>", "https://example.org").await,
        "Ballast <post@xn--mnchen-3ya.example>"
    );
    assert_eq!(from("", "https://m\u{fc}nchen.example").await, "Ballast <no-reply@xn--mnchen-3ya.example>");
    assert_eq!(from("", "http://localhost:5150").await, "Ballast <no-reply@localhost>");
    assert_eq!(from("", "http://[::1]:5150").await, "Ballast <no-reply@localhost>");
}
