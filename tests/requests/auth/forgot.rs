//! `POST /api/v1/auth/forgot`.

use serde_json::json;

use super::{SPELLINGS, ask, everything, faults, open, resend::without_standing, row};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn a_known_and_an_unknown_address_have_one_answer() {
    let app = TestApp::start().await;
    open(&app, "ada").await;
    let sent = app.mails().len();
    let known = ask(&app, "forgot", &json!({ "email": "ada@example.org" })).await;
    let unknown = ask(&app, "forgot", &json!({ "email": "nobody@example.org" })).await;
    assert_eq!((known.status.as_u16(), known.text()), (204, String::new()));
    assert_eq!(without_standing(everything(&known)), without_standing(everything(&unknown)));
    assert_eq!(app.mails().len(), sent + 1);
    assert_eq!(app.last_mail().header("To"), "ada@example.org");
}

#[tokio::test]
async fn every_spelling_of_the_address_gets_a_link_and_the_newest_alone_works() {
    let app = TestApp::start().await;
    open(&app, "ada").await;
    for spelling in SPELLINGS {
        assert_eq!(ask(&app, "forgot", &json!({ "email": spelling })).await.status, 204, "{spelling:?}");
    }
    let mails = app.mails();
    let mut tokens: Vec<_> = mails[1..].iter().map(crate::support::mail::Mail::token).collect();
    assert_eq!(tokens.len(), SPELLINGS.len());
    let newest = tokens.pop().unwrap();
    let choose = |token: &str| json!({ "token": token, "password": "another horse battery" });
    for token in tokens {
        assert_eq!(faults(&ask(&app, "reset", &choose(&token)).await), ["token:token"]);
    }
    assert_eq!(ask(&app, "reset", &choose(&newest)).await.status, 204);
}

#[tokio::test]
async fn asking_changes_neither_password_nor_sessions() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let before = row(&app, "ada@example.org").await;
    ask(&app, "forgot", &json!({ "email": "ada@example.org" })).await;
    assert_eq!(row(&app, "ada@example.org").await, before);
    assert_eq!(super::me(&app, &who.access).await.status, 200);
    app.log_in("ada@example.org", PASSWORD).await;
}
