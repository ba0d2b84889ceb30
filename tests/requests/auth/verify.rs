//! Tests of `POST /api/v1/auth/verify`.

use serde_json::json;

use super::{field_errors, me, post_auth, register_user, row};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn verify_confirms_the_address_once() {
    let app = TestApp::start().await;
    register_user(&app, "ada").await;
    let user = app.log_in("ada@example.org", PASSWORD).await;
    assert_eq!(me(&app, &user.access).await.json()["verified"], false);
    let token = json!({ "token": app.last_mail().token() });
    let response = post_auth(&app, "verify", &token).await;
    assert_eq!((response.status.as_u16(), response.text()), (204, String::new()));
    assert_eq!(me(&app, &user.access).await.json()["verified"], true);
    assert_eq!(field_errors(&post_auth(&app, "verify", &token).await), ["token:token"]);
}

#[tokio::test]
async fn verify_returns_equal_errors_for_all_invalid_tokens() {
    let app = TestApp::start().await;
    register_user(&app, "ada").await;
    let replaced = app.last_mail().token();
    post_auth(&app, "resend", &json!({ "email": "ada@example.org" })).await;
    post_auth(&app, "forgot", &json!({ "email": "ada@example.org" })).await;
    let of_another_purpose = app.last_mail().token();
    let mut bodies = Vec::new();
    for token in [replaced.as_str(), &of_another_purpose, "nonsense", "\0", &"a".repeat(10_000)] {
        let response = post_auth(&app, "verify", &json!({ "token": token })).await;
        assert_eq!(field_errors(&response), ["token:token"], "{token}");
        bodies.push(super::error_without_id(&response));
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
    assert!(row(&app, "ada@example.org").await.email_verified_at.is_none());
}

#[tokio::test]
async fn opening_the_link_changes_nothing() {
    let app = TestApp::start().await;
    register_user(&app, "ada").await;
    let mail = app.last_mail();
    let link = mail.link();
    let path = link.strip_prefix("http://localhost:5150").expect("a link to the public address");
    for _ in 0..3 {
        for method in ["GET", "HEAD"] {
            app.request(method, path).header("accept", "text/html").send().await;
        }
    }
    assert!(row(&app, "ada@example.org").await.email_verified_at.is_none());
    assert_eq!(post_auth(&app, "verify", &json!({ "token": mail.token() })).await.status, 204);
}
