//! `POST /api/v1/auth/resend`.

use serde_json::json;

use super::{SPELLINGS, ask, everything, faults, open};
use crate::support::TestApp;

#[tokio::test]
async fn whoever_has_not_confirmed_their_address_gets_another_link_and_the_first_is_dead() {
    let app = TestApp::start().await;
    open(&app, "ada").await;
    let first = app.last_mail().token();
    for spelling in SPELLINGS {
        assert_eq!(ask(&app, "resend", &json!({ "email": spelling })).await.status, 204, "{spelling:?}");
    }
    assert_eq!(app.mails().len(), 1 + SPELLINGS.len());
    assert_eq!(faults(&ask(&app, "verify", &json!({ "token": first })).await), ["token:token"]);
    assert_eq!(ask(&app, "verify", &json!({ "token": app.last_mail().token() })).await.status, 204);
}

#[tokio::test]
async fn unknown_unconfirmed_and_confirmed_addresses_have_one_answer() {
    let app = TestApp::start().await;
    open(&app, "ada").await;
    open(&app, "eve").await;
    ask(&app, "verify", &json!({ "token": app.last_mail().token() })).await;
    let sent = app.mails().len();
    let mut answers = Vec::new();
    for name in ["nobody", "ada", "eve"] {
        let answer = ask(&app, "resend", &json!({ "email": format!("{name}@example.org") })).await;
        answers.push(without_standing(everything(&answer)));
    }
    assert_eq!(answers[0].0, 204);
    assert_eq!((&answers[0], &answers[0]), (&answers[1], &answers[2]));
    assert_eq!(app.mails().len(), sent + 1, "one of them is told something");
}

/// Without the address's own standing, which each request changes.
pub fn without_standing(
    (status, headers, body): (u16, Vec<(String, String)>, Vec<u8>),
) -> (u16, Vec<(String, String)>, Vec<u8>) {
    (status, headers.into_iter().filter(|(name, _)| name != "ratelimit").collect(), body)
}

#[tokio::test]
async fn what_is_no_address_is_named() {
    let app = TestApp::start().await;
    for endpoint in ["resend", "forgot"] {
        for email in [
            "",
            "ada",
            "ada\0@example.org",
            "ada@example.org\r\nBcc: eve@example.org",
            "a@b, c@d",
            "a@\0[1.1.1.1]",
            "a@x\r\nBcc: y[1.1.1.1]",
            "a@<b>[1.1.1.1]",
        ] {
            assert_eq!(faults(&ask(&app, endpoint, &json!({ "email": email })).await), ["email:email"], "{email:?}");
        }
    }
    assert!(app.mails().is_empty());
}
