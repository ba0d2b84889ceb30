//! `POST /api/v1/auth/verify`.

use serde_json::json;

use super::{ask, faults, me, open, row};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn the_token_of_the_mail_confirms_the_address_once() {
    let app = TestApp::start().await;
    open(&app, "ada").await;
    let who = app.log_in("ada@example.org", PASSWORD).await;
    assert_eq!(me(&app, &who.access).await.json()["verified"], false);
    let token = json!({ "token": app.last_mail().token() });
    let answer = ask(&app, "verify", &token).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, String::new()));
    assert_eq!(me(&app, &who.access).await.json()["verified"], true);
    assert_eq!(faults(&ask(&app, "verify", &token).await), ["token:token"]);
}

#[tokio::test]
async fn a_token_that_is_worth_nothing_is_refused_alike_for_whatever_reason() {
    let app = TestApp::start().await;
    open(&app, "ada").await;
    let replaced = app.last_mail().token();
    ask(&app, "resend", &json!({ "email": "ada@example.org" })).await;
    ask(&app, "forgot", &json!({ "email": "ada@example.org" })).await;
    let of_another_purpose = app.last_mail().token();
    let mut bodies = Vec::new();
    for token in [replaced.as_str(), &of_another_purpose, "nonsense", "\0", &"a".repeat(10_000)] {
        let answer = ask(&app, "verify", &json!({ "token": token })).await;
        assert_eq!(faults(&answer), ["token:token"], "{token}");
        bodies.push(super::error_without_id(&answer));
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
    assert!(row(&app, "ada@example.org").await.email_verified_at.is_none());
}

#[tokio::test]
async fn opening_the_link_changes_nothing() {
    let app = TestApp::start().await;
    open(&app, "ada").await;
    let mail = app.last_mail();
    let link = mail.link();
    let path = link.strip_prefix("http://localhost:5150").expect("a link to the public address");
    for _ in 0..3 {
        for method in ["GET", "HEAD"] {
            app.request(method, path).header("accept", "text/html").send().await;
        }
    }
    assert!(row(&app, "ada@example.org").await.email_verified_at.is_none());
    assert_eq!(ask(&app, "verify", &json!({ "token": mail.token() })).await.status, 204);
}
