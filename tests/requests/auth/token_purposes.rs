//! Tests that no token is accepted for another purpose.

use serde_json::json;

use super::{me, post_auth, refresh};
use crate::support::{TestApp, TestResponse};

/// Sends a token to the endpoint that accepts tokens of the kind `place`.
async fn present(app: &TestApp, place: &str, token: &str) -> TestResponse {
    match place {
        "access" => me(app, token).await,
        "refresh" => refresh(app, token).await,
        "reset" => post_auth(app, "reset", &json!({ "token": token, "password": "another horse battery" })).await,
        place => post_auth(app, place, &json!({ "token": token })).await,
    }
}

#[tokio::test]
async fn token_is_accepted_only_for_its_own_purpose() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let verify = app.last_mail().token();
    post_auth(&app, "forgot", &json!({ "email": "ada@example.org" })).await;
    let tokens =
        [("access", user.access), ("refresh", user.refresh), ("verify", verify), ("reset", app.last_mail().token())];
    for (place, _) in &tokens {
        for (kind, token) in tokens.iter().filter(|(kind, _)| kind != place) {
            let rejected = present(&app, place, token).await.error_code();
            let expected = if ["access", "refresh"].contains(place) { "unauthorized" } else { "validation_error" };
            assert_eq!(rejected, expected, "{kind} as {place}");
        }
    }
    // The rejections above did not invalidate the tokens.
    for (kind, token) in &tokens {
        assert!(present(&app, kind, token).await.status.is_success(), "{kind}");
    }
}
