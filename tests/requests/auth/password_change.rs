//! Tests of `PUT /api/v1/auth/password`.

use ballast::models::{
    devices,
    request_context::Client,
    sessions,
    users::{self, authentication::Credentials},
};
use sea_orm::EntityTrait;
use serde_json::json;

use super::{field_errors, login, me, post_auth, refresh, request_context};
use crate::support::{PASSWORD, TestApp, TestResponse, app::SignedIn};

const NEW: &str = "another horse battery";

async fn change(app: &TestApp, user: &SignedIn, current: &str, new: &str) -> TestResponse {
    let body = json!({ "current_password": current, "password": new });
    app.put("/api/v1/auth/password").bearer(user).json(&body).send().await
}

#[tokio::test]
async fn password_change_ends_every_other_session() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let elsewhere = app.log_in("ada@example.org", PASSWORD).await;
    let response = change(&app, &user, PASSWORD, NEW).await;
    assert_eq!((response.status.as_u16(), response.text()), (204, String::new()));
    assert_eq!(me(&app, &elsewhere.access).await.error_code(), "unauthorized");
    assert_eq!(refresh(&app, &elsewhere.refresh).await.error_code(), "unauthorized");
    assert_eq!(me(&app, &user.access).await.status, 200, "the current session continues");
    assert_eq!(refresh(&app, &user.refresh).await.status, 200);
    assert_eq!(login(&app, "ada@example.org", PASSWORD).await.error_code(), "unauthorized");
    app.log_in("ada@example.org", NEW).await;
}

#[tokio::test]
async fn password_change_prevents_sessions_of_concurrent_logins_with_the_old_password() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let (db, auth) = (&app.db, app.services().auth.clone());
    let client = Client::new("", "203.0.113.7".parse().unwrap());
    let credentials = Credentials { email: "ada@example.org", password: PASSWORD };
    let authenticated = users::Model::authenticate(db, &auth, credentials, &request_context(&client)).await.unwrap();
    assert_eq!(change(&app, &user, PASSWORD, NEW).await.status, 204);
    let row = (&authenticated.user, authenticated.device);
    let late = sessions::Model::open(db, row, &client, auth.lifetimes, ballast::clock::now()).await;
    assert_eq!(late.err().map(|error| error.code.name()), Some("unauthorized"));
    let trusted = devices::Entity::find().all(db).await.unwrap();
    assert!(trusted.len() == 1 && trusted[0].pid != authenticated.device, "{trusted:?}");
}

#[tokio::test]
async fn password_change_notifies_the_owner_by_one_email() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let sent = app.mails().len();
    let response = change(&app, &user, PASSWORD, NEW).await;
    assert_eq!(app.mails().len(), sent + 1);
    let mail = app.last_mail();
    assert_eq!((mail.header("To"), mail.header("Subject")), ("ada@example.org", "Your password was changed"));
    assert_eq!(mail.header("X-Request-ID"), response.header("x-request-id").unwrap());
}

#[tokio::test]
async fn password_change_rejects_a_wrong_current_password() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let elsewhere = app.log_in("ada@example.org", PASSWORD).await;
    let sent = app.mails().len();
    assert_eq!(field_errors(&change(&app, &user, "wrong wrong wrong", NEW).await), ["current_password:password"]);
    for (password, rule) in [("short", "min_length"), ("password1234", "common"), ("ada@example.org", "personal")] {
        assert_eq!(
            field_errors(&change(&app, &user, PASSWORD, password).await),
            [format!("password:{rule}")],
            "{password}"
        );
    }
    assert_eq!(app.mails().len(), sent);
    let events = app.get("/api/v1/auth/events").bearer(&user).send().await.json();
    assert_eq!(events["items"][0]["kind"], "password_refused", "the owner can see the failed attempt");
    assert_eq!(me(&app, &elsewhere.access).await.status, 200);
    app.log_in("ada@example.org", PASSWORD).await;
}

#[tokio::test]
async fn password_change_invalidates_reset_links() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    post_auth(&app, "forgot", &json!({ "email": "ada@example.org" })).await;
    let token = app.last_mail().token();
    assert_eq!(change(&app, &user, PASSWORD, NEW).await.status, 204);
    let reset = post_auth(&app, "reset", &json!({ "token": token, "password": "a third horse battery" })).await;
    assert_eq!(field_errors(&reset), ["token:token"]);
}

#[tokio::test]
async fn password_change_rejects_the_second_of_two_concurrent_requests() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let (first, second) = (
        change(&app, &user, PASSWORD, "another horse battery one"),
        change(&app, &user, PASSWORD, "another horse battery two"),
    );
    let (first, second) = futures_util::future::join(first, second).await;
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    // The later request fails, because the earlier request has changed the current password or the row of the user.
    assert!(statuses == [204, 409] || statuses == [204, 422], "{statuses:?}");
}
