//! `POST /api/v1/auth/reset`.

use serde_json::json;

use super::{ask, faults, login, me, open, refresh, row};
use crate::support::{PASSWORD, TestApp};

const NEW: &str = "another horse battery";

/// Asks for a link and gives its token.
async fn forgotten(app: &TestApp) -> String {
    assert_eq!(ask(app, "forgot", &json!({ "email": "ada@example.org" })).await.status, 204);
    app.last_mail().token()
}

#[tokio::test]
async fn the_password_is_the_new_one_and_every_session_has_ended() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let (elsewhere, eve) = (app.log_in("ada@example.org", PASSWORD).await, app.sign_in("eve").await);
    let answer = ask(&app, "reset", &json!({ "token": forgotten(&app).await, "password": NEW })).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, String::new()));
    for ended in [&who, &elsewhere] {
        assert_eq!(me(&app, &ended.access).await.error_code(), "unauthorized");
        assert_eq!(refresh(&app, &ended.refresh).await.error_code(), "unauthorized");
    }
    assert_eq!(me(&app, &eve.access).await.status, 200, "nobody else's session has ended");
    assert_eq!(login(&app, "ada@example.org", PASSWORD).await.error_code(), "unauthorized");
    app.log_in("ada@example.org", NEW).await;
}

#[tokio::test]
async fn the_owner_is_told_and_the_address_is_confirmed() {
    let app = TestApp::start().await;
    open(&app, "ada").await;
    ask(&app, "reset", &json!({ "token": forgotten(&app).await, "password": NEW })).await;
    assert_eq!(app.last_mail().header("Subject"), "Your password was changed");
    assert!(row(&app, "ada@example.org").await.email_verified_at.is_some());
}

#[tokio::test]
async fn a_token_works_once() {
    let app = TestApp::start().await;
    open(&app, "ada").await;
    let token = forgotten(&app).await;
    assert_eq!(ask(&app, "reset", &json!({ "token": token, "password": NEW })).await.status, 204);
    let again = ask(&app, "reset", &json!({ "token": token, "password": "a third horse battery" })).await;
    assert_eq!(faults(&again), ["token:token"]);
    app.log_in("ada@example.org", NEW).await;
}

#[tokio::test]
async fn of_many_who_use_one_token_at_once_one_chooses_the_password() {
    let app =
        TestApp::start_with(|config| config.settings.as_mut().unwrap()["passwords"]["hashing_queue"] = json!(50)).await;
    open(&app, "ada").await;
    let token = forgotten(&app).await;
    let bodies: Vec<_> = (0..20).map(|turn| json!({ "token": token, "password": format!("{NEW} {turn}") })).collect();
    let answers = futures_util::future::join_all(bodies.iter().map(|body| ask(&app, "reset", body))).await;
    let chosen: Vec<_> = (0..20).filter(|&turn| answers[turn].status == 204).collect();
    assert_eq!(chosen.len(), 1, "{chosen:?}");
    app.log_in("ada@example.org", &format!("{NEW} {}", chosen[0])).await;
}

#[tokio::test]
async fn a_password_that_breaks_a_rule_leaves_the_token_usable() {
    let app = TestApp::start().await;
    open(&app, "ada").await;
    let token = forgotten(&app).await;
    let long = "p".repeat(1025);
    let table = [
        ("short", "min_length"),
        (long.as_str(), "max_length"),
        ("password1234", "common"),
        ("Ada@example.org!", "personal"),
    ];
    for (password, rule) in table {
        let refused = ask(&app, "reset", &json!({ "token": token, "password": password })).await;
        assert_eq!(faults(&refused), [format!("password:{rule}")], "{password}");
    }
    assert_eq!(ask(&app, "reset", &json!({ "token": token, "password": NEW })).await.status, 204);
}

#[tokio::test]
async fn a_token_for_another_purpose_or_another_address_resets_nothing() {
    use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
    let app = TestApp::start().await;
    open(&app, "ada").await;
    let to_verify = app.last_mail().token();
    assert_eq!(faults(&ask(&app, "reset", &json!({ "token": to_verify, "password": NEW })).await), ["token:token"]);
    let token = forgotten(&app).await;
    let mut ada = row(&app, "ada@example.org").await.into_active_model();
    ada.email = Set("ada@example.com".to_owned());
    ada.update(&app.ctx.db).await.unwrap();
    assert_eq!(faults(&ask(&app, "reset", &json!({ "token": token, "password": NEW })).await), ["token:token"]);
    app.log_in("ada@example.com", PASSWORD).await;
}
