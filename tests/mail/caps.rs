//! How many mails a mailbox gets: in the database, so that every process and the next one count alike.

use ballast::models::mails::{self, Delivery, Kind, MailboxQuota, Model};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use loco_rs::config::Config;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use tokio::sync::Barrier;
use uuid::Uuid;

use super::{ada, post, register, second};
use crate::support::{PASSWORD, TestApp, app::limit};

fn capped(config: &mut Config) {
    limit(config, "mailbox", 3, 3600);
    limit(config, "mailbox_day", 10, 86_400);
}

fn caps(app: &TestApp) -> MailboxQuota {
    let settings = app.ctx.shared_store.get::<std::sync::Arc<ballast::settings::Settings>>().unwrap();
    MailboxQuota::from(&settings.rate_limits)
}

/// An order that a worker has taken.
async fn taken(app: &TestApp, kind: Kind, now: DateTime<Utc>) -> Model {
    let order = Model::order(&app.ctx.db, kind, "ada@example.org", Uuid::now_v7(), now).await.unwrap();
    Model::claim(&app.db, order.pid, now).await.unwrap().unwrap()
}

/// Whether another mail to the mailbox is written.
async fn is_written(app: &TestApp, kind: Kind, now: DateTime<Utc>) -> bool {
    let draft = taken(app, kind, now).await.draft(&app.db, &caps(app), now).await.unwrap();
    matches!(draft, Delivery::Letter(_))
}

#[tokio::test]
async fn the_fourth_mail_in_an_hour_is_answered_as_ever_and_not_sent() {
    let app = TestApp::start_with(capped).await;
    ada(&app).await;
    for _ in 0..3 {
        assert_eq!(post(&app, "forgot", "ada@example.org").await.status, 204);
    }
    let newest = app.last_mail().token();
    assert_eq!(app.mails().len(), 1 + 3);
    for _ in 0..2 {
        assert_eq!(post(&app, "forgot", "ADA@example.org").await.status, 204);
    }
    assert_eq!(app.mails().len(), 1 + 3);
    // What was not sent has not replaced what was.
    let reset = json!({ "token": newest, "password": "another horse battery" });
    assert_eq!(app.post("/api/v1/auth/reset").json(&reset).send().await.status, 204);
}

#[tokio::test]
async fn who_registers_an_address_again_and_again_keeps_nobody_from_recovery() {
    let app = TestApp::start_with(capped).await;
    ada(&app).await;
    for _ in 0..5 {
        assert_eq!(register(&app, "Eve", "ada@example.org").await.status, 201);
        post(&app, "resend", "ada@example.org").await;
    }
    assert_eq!(app.mails().len(), 3 + 3, "of each kind its own");
    post(&app, "forgot", "ada@example.org").await;
    assert_eq!(app.last_mail().header("Subject"), "Reset your password");
}

#[tokio::test]
async fn another_mailbox_is_not_held_for_the_first_one() {
    let app = TestApp::start_with(capped).await;
    ada(&app).await;
    for _ in 0..5 {
        post(&app, "forgot", "ada@example.org").await;
    }
    register(&app, "Eve", "eve@example.org").await;
    assert_eq!(app.last_mail().header("To"), "eve@example.org");
}

#[tokio::test]
async fn an_owner_is_told_of_another_password_however_full_the_mailbox_is() {
    let app = TestApp::start_with(capped).await;
    let who = app.sign_in("ada").await;
    for _ in 0..5 {
        post(&app, "forgot", "ada@example.org").await;
    }
    let change = json!({ "current_password": PASSWORD, "password": "another horse battery" });
    app.put("/api/v1/auth/password").bearer(&who).json(&change).send().await;
    assert_eq!(app.last_mail().header("Subject"), "Your password was changed");
}

#[tokio::test]
async fn a_mailbox_gets_three_in_any_hour_and_ten_in_any_day() {
    let app = TestApp::start_with(capped).await;
    ada(&app).await;
    mails::Entity::delete_many().exec(&app.ctx.db).await.unwrap();
    let mut written = Vec::new();
    for minute in (0..24 * 60).step_by(10) {
        if is_written(&app, Kind::Reset, second(minute * 60)).await {
            written.push(minute);
        }
    }
    assert_eq!(written, [0, 10, 20, 60, 70, 80, 120, 130, 140, 180]);
    assert!(!is_written(&app, Kind::Reset, second(24 * 3600 - 1)).await);
    assert!(is_written(&app, Kind::Reset, second(24 * 3600)).await);
}

#[tokio::test]
async fn another_attempt_at_a_mail_is_not_another_mail() {
    let app = TestApp::start_with(capped).await;
    ada(&app).await;
    mails::Entity::delete_many().exec(&app.ctx.db).await.unwrap();
    let mut now = second(0);
    let mail = taken(&app, Kind::Reset, now).await;
    for _ in 0..5 {
        let mail = mails::Entity::find_by_id(mail.id).one(&app.db).await.unwrap().unwrap();
        assert!(matches!(mail.draft(&app.db, &caps(&app), now).await.unwrap(), Delivery::Letter(_)));
        assert!(mail.put_off(&app.db, now).await.unwrap());
        now += TimeDelta::minutes(2);
        assert_eq!(Model::sweep(&app.db, now).await.unwrap().len(), 1);
        Model::claim(&app.db, mail.pid, now).await.unwrap().unwrap();
    }
    for _ in 0..2 {
        assert!(is_written(&app, Kind::Reset, now).await);
    }
    assert!(!is_written(&app, Kind::Reset, now).await);
}

#[tokio::test]
async fn limits_that_are_switched_off_hold_no_mail_back() {
    let app = TestApp::start_with(|config| {
        capped(config);
        config.settings.as_mut().unwrap()["rate_limits"]["enabled"] = json!(false);
    })
    .await;
    ada(&app).await;
    for _ in 0..5 {
        post(&app, "forgot", "ada@example.org").await;
    }
    assert_eq!(app.mails().len(), 6);
}

#[tokio::test]
async fn what_no_window_counts_any_more_is_forgotten() {
    let app = TestApp::start_with(capped).await;
    ada(&app).await;
    let rows = async || mails::Entity::find().count(&app.db).await.unwrap();
    let day = caps(&app).longest();
    assert_eq!(day, TimeDelta::days(1));
    let now = ballast::clock::now();
    assert_eq!((Model::forget(&app.db, day, now).await.unwrap(), rows().await), (0, 1));
    assert_eq!((Model::forget(&app.db, day, now + day).await.unwrap(), rows().await), (1, 0));
}

const RACERS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_dozen_mails_at_once_three_are_written() {
    let app = TestApp::start_with(capped).await;
    ada(&app).await;
    mails::Entity::delete_many().exec(&app.ctx.db).await.unwrap();
    let all = join_all((0..RACERS).map(|_| is_written(&app, Kind::Registered, second(0)))).await;
    assert_eq!(all.into_iter().filter(|written| *written).count(), 3);
}

/// The broken twin: it counts before it charges, and nothing holds the others off in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn counted_without_a_lock_a_dozen_mails_at_once_are_more_than_three() {
    let app = TestApp::start_with(capped).await;
    ada(&app).await;
    mails::Entity::delete_many().exec(&app.ctx.db).await.unwrap();
    let counted = Barrier::new(RACERS);
    let attempt = async || {
        let mail = taken(&app, Kind::Registered, second(0)).await;
        let charged = mails::Entity::find().filter(mails::Column::ChargedAt.is_not_null());
        let had = charged.count(&app.db).await.unwrap();
        counted.wait().await;
        had < 3
            && matches!(mail.draft(&app.db, &MailboxQuota::default(), second(0)).await.unwrap(), Delivery::Letter(_))
    };
    let all = join_all((0..RACERS).map(|_| attempt())).await;
    assert!(all.into_iter().filter(|written| *written).count() > 3, "the race that the lock decides was not met");
}
