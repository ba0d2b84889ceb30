//! Tests of `POST /api/v1/auth/reset`.

use serde_json::json;

use super::{field_errors, login, me, post_auth, refresh, register_user, row};
use crate::support::{PASSWORD, TestApp};

const NEW: &str = "another horse battery";

/// Requests a reset link. Returns the token in the link.
async fn request_reset_token(app: &TestApp) -> String {
    assert_eq!(post_auth(app, "forgot", &json!({ "email": "ada@example.org" })).await.status, 204);
    app.last_mail().token()
}

#[tokio::test]
async fn reset_sets_the_password_and_ends_every_session() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let (elsewhere, eve) = (app.log_in("ada@example.org", PASSWORD).await, app.sign_in("eve").await);
    let response =
        post_auth(&app, "reset", &json!({ "token": request_reset_token(&app).await, "password": NEW })).await;
    assert_eq!((response.status.as_u16(), response.text()), (204, String::new()));
    for ended in [&user, &elsewhere] {
        assert_eq!(me(&app, &ended.access).await.error_code(), "unauthorized");
        assert_eq!(refresh(&app, &ended.refresh).await.error_code(), "unauthorized");
    }
    assert_eq!(me(&app, &eve.access).await.status, 200, "sessions of other users continue");
    assert_eq!(login(&app, "ada@example.org", PASSWORD).await.error_code(), "unauthorized");
    app.log_in("ada@example.org", NEW).await;
}

#[tokio::test]
async fn reset_notifies_the_owner_and_verifies_the_address() {
    let app = TestApp::start().await;
    register_user(&app, "ada").await;
    post_auth(&app, "reset", &json!({ "token": request_reset_token(&app).await, "password": NEW })).await;
    assert_eq!(app.last_mail().header("Subject"), "Your password was changed");
    assert!(row(&app, "ada@example.org").await.email_verified_at.is_some());
}

#[tokio::test]
async fn reset_rejects_a_used_token() {
    let app = TestApp::start().await;
    register_user(&app, "ada").await;
    let token = request_reset_token(&app).await;
    assert_eq!(post_auth(&app, "reset", &json!({ "token": token, "password": NEW })).await.status, 204);
    let again = post_auth(&app, "reset", &json!({ "token": token, "password": "a third horse battery" })).await;
    assert_eq!(field_errors(&again), ["token:token"]);
    app.log_in("ada@example.org", NEW).await;
}

#[tokio::test]
async fn reset_accepts_one_of_twenty_concurrent_requests_with_one_token() {
    let app =
        TestApp::start_with(|config| config.settings.as_mut().unwrap()["passwords"]["hashing_queue"] = json!(50)).await;
    register_user(&app, "ada").await;
    let token = request_reset_token(&app).await;
    let bodies: Vec<_> = (0..20).map(|turn| json!({ "token": token, "password": format!("{NEW} {turn}") })).collect();
    let responses = futures_util::future::join_all(bodies.iter().map(|body| post_auth(&app, "reset", body))).await;
    let chosen: Vec<_> = (0..20).filter(|&turn| responses[turn].status == 204).collect();
    assert_eq!(chosen.len(), 1, "{chosen:?}");
    app.log_in("ada@example.org", &format!("{NEW} {}", chosen[0])).await;
}

#[tokio::test]
async fn reset_keeps_the_token_valid_if_the_password_is_rejected() {
    let app = TestApp::start().await;
    register_user(&app, "ada").await;
    let token = request_reset_token(&app).await;
    let long = "p".repeat(1025);
    let table = [
        ("short", "min_length"),
        (long.as_str(), "max_length"),
        ("password1234", "common"),
        ("Ada@example.org!", "personal"),
    ];
    for (password, rule) in table {
        let rejected = post_auth(&app, "reset", &json!({ "token": token, "password": password })).await;
        assert_eq!(field_errors(&rejected), [format!("password:{rule}")], "{password}");
    }
    assert_eq!(post_auth(&app, "reset", &json!({ "token": token, "password": NEW })).await.status, 204);
}

#[tokio::test]
async fn reset_rejects_a_token_for_another_purpose_or_address() {
    use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
    let app = TestApp::start().await;
    register_user(&app, "ada").await;
    let to_verify = app.last_mail().token();
    assert_eq!(
        field_errors(&post_auth(&app, "reset", &json!({ "token": to_verify, "password": NEW })).await),
        ["token:token"]
    );
    let token = request_reset_token(&app).await;
    let mut ada = row(&app, "ada@example.org").await.into_active_model();
    ada.email = Set("ada@example.com".to_owned());
    ada.update(&app.ctx.db).await.unwrap();
    assert_eq!(
        field_errors(&post_auth(&app, "reset", &json!({ "token": token, "password": NEW })).await),
        ["token:token"]
    );
    app.log_in("ada@example.com", PASSWORD).await;
}
