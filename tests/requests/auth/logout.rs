//! Tests of `POST /api/v1/auth/logout`.

use super::{logout, me, refresh};
use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn logout_invalidates_both_tokens() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let response = logout(&app, &user).await;
    assert_eq!((response.status.as_u16(), response.text()), (204, String::new()));
    assert_eq!(me(&app, &user.access).await.error_code(), "unauthorized");
    assert_eq!(refresh(&app, &user.refresh).await.error_code(), "unauthorized");
}

#[tokio::test]
async fn logout_rejects_an_ended_session() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    assert_eq!(logout(&app, &user).await.status, 204);
    assert_eq!(logout(&app, &user).await.error_code(), "unauthorized");
}

#[tokio::test]
async fn logout_ends_only_the_current_session() {
    let app = TestApp::start().await;
    let (user, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let elsewhere = app.log_in("ada@example.org", PASSWORD).await;
    assert_eq!(logout(&app, &user).await.status, 204);
    for other in [&elsewhere, &eve] {
        assert_eq!(me(&app, &other.access).await.status, 200);
        assert_eq!(refresh(&app, &other.refresh).await.status, 200);
    }
}
