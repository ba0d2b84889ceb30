//! Tests of `POST /api/v1/auth/resend`.

use serde_json::json;

use super::{SPELLINGS, comparable, field_errors, post_auth, register_user};
use crate::support::TestApp;

#[tokio::test]
async fn resend_sends_a_new_link_and_invalidates_the_first() {
    let app = TestApp::start().await;
    register_user(&app, "ada").await;
    let first = app.last_mail().token();
    for spelling in SPELLINGS {
        assert_eq!(post_auth(&app, "resend", &json!({ "email": spelling })).await.status, 204, "{spelling:?}");
    }
    assert_eq!(app.mails().len(), 1 + SPELLINGS.len());
    assert_eq!(field_errors(&post_auth(&app, "verify", &json!({ "token": first })).await), ["token:token"]);
    assert_eq!(post_auth(&app, "verify", &json!({ "token": app.last_mail().token() })).await.status, 204);
}

#[tokio::test]
async fn resend_returns_equal_responses_for_unknown_unverified_and_verified_addresses() {
    let app = TestApp::start().await;
    register_user(&app, "ada").await;
    register_user(&app, "eve").await;
    post_auth(&app, "verify", &json!({ "token": app.last_mail().token() })).await;
    let sent = app.mails().len();
    let mut responses = Vec::new();
    for name in ["unknown", "ada", "eve"] {
        let response = post_auth(&app, "resend", &json!({ "email": format!("{name}@example.org") })).await;
        responses.push(without_limit_status(comparable(&response)));
    }
    assert_eq!(responses[0].0, 204);
    assert_eq!((&responses[0], &responses[0]), (&responses[1], &responses[2]));
    assert_eq!(app.mails().len(), sent + 1, "only the unverified address receives an e-mail");
}

/// Removes the `RateLimit` header, because its value differs between two otherwise equal responses.
pub fn without_limit_status(
    (status, headers, body): (u16, Vec<(String, String)>, Vec<u8>),
) -> (u16, Vec<(String, String)>, Vec<u8>) {
    (status, headers.into_iter().filter(|(name, _)| name != "ratelimit").collect(), body)
}

#[tokio::test]
async fn recovery_rejects_malformed_addresses() {
    let app = TestApp::start().await;
    for endpoint in ["resend", "forgot"] {
        for email in [
            "",
            "ada",
            "ada\0@example.org",
            "ada@example.org\r\nBcc: eve@example.org",
            "a@b, c@d",
            "foo..bar@example.org",
            "foo.@example.org",
            ".foo@example.org",
            "a@\0[1.1.1.1]",
            "a@x\r\nBcc: y[1.1.1.1]",
            "a@<b>[1.1.1.1]",
        ] {
            assert_eq!(
                field_errors(&post_auth(&app, endpoint, &json!({ "email": email })).await),
                ["email:email"],
                "{email:?}"
            );
        }
    }
    assert!(app.mails().is_empty());
}
