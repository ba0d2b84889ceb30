//! `POST /api/v1/auth/logout`.

use super::{logout, me, refresh};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn signing_out_ends_both_tokens_at_once() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let answer = logout(&app, &who).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, String::new()));
    assert_eq!(me(&app, &who.access).await.error_code(), "unauthorized");
    assert_eq!(refresh(&app, &who.refresh).await.error_code(), "unauthorized");
}

#[tokio::test]
async fn signing_out_twice_is_signing_out_without_being_signed_in() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    assert_eq!(logout(&app, &who).await.status, 204);
    assert_eq!(logout(&app, &who).await.error_code(), "unauthorized");
}

#[tokio::test]
async fn signing_out_ends_no_other_session() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let elsewhere = app.log_in("ada@example.org", PASSWORD).await;
    assert_eq!(logout(&app, &who).await.status, 204);
    for other in [&elsewhere, &eve] {
        assert_eq!(me(&app, &other.access).await.status, 200);
        assert_eq!(refresh(&app, &other.refresh).await.status, 200);
    }
}
