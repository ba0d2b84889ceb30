//! Tests of `POST /api/v1/auth/forgot`.

use serde_json::json;

use super::{SPELLINGS, comparable, field_errors, post_auth, register_user, resend::without_limit_status, row};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn forgot_returns_equal_responses_for_known_and_unknown_addresses() {
    let app = TestApp::start().await;
    register_user(&app, "ada").await;
    let sent = app.mails().len();
    let known = post_auth(&app, "forgot", &json!({ "email": "ada@example.org" })).await;
    let unknown = post_auth(&app, "forgot", &json!({ "email": "unknown@example.org" })).await;
    assert_eq!((known.status.as_u16(), known.text()), (204, String::new()));
    assert_eq!(without_limit_status(comparable(&known)), without_limit_status(comparable(&unknown)));
    assert_eq!(app.mails().len(), sent + 1);
    assert_eq!(app.last_mail().header("To"), "ada@example.org");
}

#[tokio::test]
async fn forgot_sends_a_link_for_every_spelling_and_only_the_newest_is_valid() {
    let app = TestApp::start().await;
    register_user(&app, "ada").await;
    for spelling in SPELLINGS {
        assert_eq!(post_auth(&app, "forgot", &json!({ "email": spelling })).await.status, 204, "{spelling:?}");
    }
    let mails = app.mails();
    let mut tokens: Vec<_> = mails[1..].iter().map(crate::support::mail::Mail::token).collect();
    assert_eq!(tokens.len(), SPELLINGS.len());
    let newest = tokens.pop().unwrap();
    let body = |token: &str| json!({ "token": token, "password": "another horse battery" });
    for token in tokens {
        assert_eq!(field_errors(&post_auth(&app, "reset", &body(&token)).await), ["token:token"]);
    }
    assert_eq!(post_auth(&app, "reset", &body(&newest)).await.status, 204);
}

#[tokio::test]
async fn forgot_changes_neither_password_nor_sessions() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let before = row(&app, "ada@example.org").await;
    post_auth(&app, "forgot", &json!({ "email": "ada@example.org" })).await;
    assert_eq!(row(&app, "ada@example.org").await, before);
    assert_eq!(super::me(&app, &user.access).await.status, 200);
    app.log_in("ada@example.org", PASSWORD).await;
}
