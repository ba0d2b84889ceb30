//! `PUT /api/v1/auth/password`.

use ballast::{
    models::{
        request_context::Client,
        sessions::{self, Lifetimes},
        users::{self, Authentication},
    },
    password::Hasher,
};
use chrono::Duration;
use serde_json::json;

use super::{ask, faults, login, me, refresh};
use crate::support::{Answer, PASSWORD, TestApp, app::SignedIn};

const NEW: &str = "another horse battery";

async fn change(app: &TestApp, who: &SignedIn, current: &str, new: &str) -> Answer {
    let body = json!({ "current_password": current, "password": new });
    app.put("/api/v1/auth/password").bearer(who).json(&body).send().await
}

#[tokio::test]
async fn the_password_is_the_new_one_and_every_other_session_has_ended() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let elsewhere = app.log_in("ada@example.org", PASSWORD).await;
    let answer = change(&app, &who, PASSWORD, NEW).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, String::new()));
    assert_eq!(me(&app, &elsewhere.access).await.error_code(), "unauthorized");
    assert_eq!(refresh(&app, &elsewhere.refresh).await.error_code(), "unauthorized");
    assert_eq!(me(&app, &who.access).await.status, 200, "this session goes on");
    assert_eq!(refresh(&app, &who.refresh).await.status, 200);
    assert_eq!(login(&app, "ada@example.org", PASSWORD).await.error_code(), "unauthorized");
    app.log_in("ada@example.org", NEW).await;
}

#[tokio::test]
async fn who_was_let_in_by_the_old_password_while_it_was_changed_gets_no_session() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let (db, hasher) = (&app.db, app.ctx.shared_store.get::<Hasher>().unwrap());
    let authenticated = users::Model::authenticate(db, &hasher, "ada@example.org", PASSWORD).await.unwrap();
    let Authentication::Granted(user) = authenticated else { panic!("the password fits") };
    assert_eq!(change(&app, &who, PASSWORD, NEW).await.status, 204);
    let client = Client::new("", "203.0.113.7".parse().unwrap());
    let lifetimes = Lifetimes { idle: Duration::days(14), absolute: Duration::days(30) };
    let late = sessions::Model::open(db, &user, &client, lifetimes, ballast::clock::now()).await;
    assert_eq!(late.err().map(|error| error.code.name()), Some("unauthorized"));
}

#[tokio::test]
async fn the_owner_is_told_by_one_mail() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let sent = app.mails().len();
    let answer = change(&app, &who, PASSWORD, NEW).await;
    assert_eq!(app.mails().len(), sent + 1);
    let mail = app.last_mail();
    assert_eq!((mail.header("To"), mail.header("Subject")), ("ada@example.org", "Your password was changed"));
    assert_eq!(mail.header("X-Request-ID"), answer.header("x-request-id").unwrap());
}

#[tokio::test]
async fn whoever_does_not_know_the_old_password_changes_nothing() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let elsewhere = app.log_in("ada@example.org", PASSWORD).await;
    let sent = app.mails().len();
    assert_eq!(faults(&change(&app, &who, "wrong wrong wrong", NEW).await), ["current_password:password"]);
    for (password, rule) in [("short", "min_length"), ("password1234", "common"), ("ada@example.org", "personal")] {
        assert_eq!(faults(&change(&app, &who, PASSWORD, password).await), [format!("password:{rule}")], "{password}");
    }
    assert_eq!(app.mails().len(), sent);
    let events = app.get("/api/v1/auth/events").bearer(&who).send().await.json();
    assert_eq!(events["items"][0]["kind"], "password_refused", "the owner can see that somebody tried");
    assert_eq!(me(&app, &elsewhere.access).await.status, 200);
    app.log_in("ada@example.org", PASSWORD).await;
}

#[tokio::test]
async fn a_link_that_was_asked_for_before_is_dead() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    ask(&app, "forgot", &json!({ "email": "ada@example.org" })).await;
    let token = app.last_mail().token();
    assert_eq!(change(&app, &who, PASSWORD, NEW).await.status, 204);
    let reset = ask(&app, "reset", &json!({ "token": token, "password": "a third horse battery" })).await;
    assert_eq!(faults(&reset), ["token:token"]);
}

#[tokio::test]
async fn of_two_changes_at_once_the_second_finds_another_password() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let (first, second) = (
        change(&app, &who, PASSWORD, "another horse battery one"),
        change(&app, &who, PASSWORD, "another horse battery two"),
    );
    let (first, second) = futures_util::future::join(first, second).await;
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    // The second comes too late either for its hash or for its row.
    assert!(statuses == [204, 409] || statuses == [204, 422], "{statuses:?}");
}
