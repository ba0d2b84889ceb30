//! Tests of the e-mail quota per mailbox. The database counts the e-mails, so that all processes share the quota.

use ballast::models::mails::{self, Delivery, MailKind, MailboxQuota, Model};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use loco_rs::config::Config;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use tokio::sync::Barrier;
use uuid::Uuid;

use super::{post, register, register_ada, second};
use crate::support::{PASSWORD, TestApp, app::limit};

fn with_quota(config: &mut Config) {
    limit(config, "mailbox", 3, 3600);
    limit(config, "mailbox_day", 10, 86_400);
}

fn quota(app: &TestApp) -> MailboxQuota {
    let settings = app.services().settings.clone();
    MailboxQuota::from(&settings.rate_limits)
}

/// Enqueues an e-mail, and claims the e-mail as a worker does. Returns the claimed e-mail.
async fn claimed(app: &TestApp, kind: MailKind, now: DateTime<Utc>) -> Model {
    let mail = Model::enqueue(&app.ctx.db, kind, "ada@example.org", Uuid::now_v7(), now).await.unwrap();
    Model::claim(&app.db, mail.pid, now).await.unwrap().unwrap()
}

/// Enqueues, claims and prepares one more e-mail to the mailbox. Returns whether the service renders the e-mail.
async fn is_rendered(app: &TestApp, kind: MailKind, now: DateTime<Utc>) -> bool {
    let draft = claimed(app, kind, now).await.prepare(&app.db, &quota(app), now).await.unwrap();
    matches!(draft, Delivery::Email(_))
}

#[tokio::test]
async fn fourth_mail_in_an_hour_is_accepted_but_not_sent() {
    let app = TestApp::start_with(with_quota).await;
    register_ada(&app).await;
    for _ in 0..3 {
        assert_eq!(post(&app, "forgot", "ada@example.org").await.status, 204);
    }
    let newest = app.last_mail().token();
    assert_eq!(app.mails().len(), 1 + 3);
    for _ in 0..2 {
        assert_eq!(post(&app, "forgot", "ADA@example.org").await.status, 204);
    }
    assert_eq!(app.mails().len(), 1 + 3);
    // The discarded e-mails did not replace the token of the newest sent e-mail.
    let reset = json!({ "token": newest, "password": "another horse battery" });
    assert_eq!(app.post("/api/v1/auth/reset").json(&reset).send().await.status, 204);
}

/// Requests an e-mail to Ada with the client address `from` and the cookie `cookie`. Returns whether the e-mail was
/// sent.
async fn is_sent(app: &TestApp, endpoint: &str, (from, cookie): (&str, &str)) -> bool {
    let sent = app.mails().len();
    let request = app.post(&format!("/api/v1/auth/{endpoint}")).json(&json!({ "email": "ada@example.org" }));
    assert_eq!(request.from(from).header("cookie", cookie).send().await.status, 204, "{endpoint}");
    app.mails().len() > sent
}

#[tokio::test]
async fn trusted_client_receives_mail_after_untrusted_clients_have_used_the_quota() {
    let app = TestApp::start_with(with_quota).await;
    register_ada(&app).await;
    let login = json!({ "email": "ada@example.org", "password": PASSWORD });
    let login = app.post("/api/v1/auth/login").json(&login).send().await;
    let device = login.header("set-cookie").unwrap().split(';').next().unwrap();
    // `resend` may send only two e-mails to untrusted clients, because the registration has sent the first of three.
    for (endpoint, untrusted) in [("forgot", 3), ("resend", 2)] {
        for (client, quota) in [(("198.51.100.1", ""), untrusted), (("127.0.0.1", ""), 3), (("203.0.113.9", device), 3)]
        {
            for number in 0..quota {
                assert!(is_sent(&app, endpoint, client).await, "{endpoint} {client:?} {number}");
            }
            assert!(!is_sent(&app, endpoint, client).await, "{endpoint} {client:?}: each kind of client has a quota");
        }
        assert!(!is_sent(&app, endpoint, ("203.0.113.10", "device=invalid")).await, "{endpoint}");
    }
    // The discarded e-mails did not replace the token of the newest sent e-mail.
    let newest = app.mails().into_iter().rfind(|mail| mail.header("Subject") == "Reset your password").unwrap();
    let reset = json!({ "token": newest.token(), "password": "another horse battery" });
    assert_eq!(app.post("/api/v1/auth/reset").json(&reset).send().await.status, 204);
}

#[tokio::test]
async fn repeated_registrations_do_not_use_the_quota_of_recovery() {
    let app = TestApp::start_with(with_quota).await;
    register_ada(&app).await;
    for _ in 0..5 {
        assert_eq!(register(&app, "Eve", "ada@example.org").await.status, 201);
        post(&app, "resend", "ada@example.org").await;
    }
    assert_eq!(app.mails().len(), 3 + 3, "each kind has its own quota");
    post(&app, "forgot", "ada@example.org").await;
    assert_eq!(app.last_mail().header("Subject"), "Reset your password");
}

#[tokio::test]
async fn quota_is_separate_per_mailbox() {
    let app = TestApp::start_with(with_quota).await;
    register_ada(&app).await;
    for _ in 0..5 {
        post(&app, "forgot", "ada@example.org").await;
    }
    register(&app, "Eve", "eve@example.org").await;
    assert_eq!(app.last_mail().header("To"), "eve@example.org");
}

#[tokio::test]
async fn password_change_notification_ignores_the_quota() {
    let app = TestApp::start_with(with_quota).await;
    let user = app.sign_in("ada").await;
    for _ in 0..5 {
        post(&app, "forgot", "ada@example.org").await;
    }
    let change = json!({ "current_password": PASSWORD, "password": "another horse battery" });
    app.put("/api/v1/auth/password").bearer(&user).json(&change).send().await;
    assert_eq!(app.last_mail().header("Subject"), "Your password was changed");
}

#[tokio::test]
async fn mailbox_receives_three_mails_per_hour_and_ten_per_day() {
    let app = TestApp::start_with(with_quota).await;
    register_ada(&app).await;
    mails::Entity::delete_many().exec(&app.ctx.db).await.unwrap();
    let mut rendered = Vec::new();
    for minute in (0..24 * 60).step_by(10) {
        if is_rendered(&app, MailKind::Reset, second(minute * 60)).await {
            rendered.push(minute);
        }
    }
    assert_eq!(rendered, [0, 10, 20, 60, 70, 80, 120, 130, 140, 180]);
    assert!(!is_rendered(&app, MailKind::Reset, second(24 * 3600 - 1)).await);
    assert!(is_rendered(&app, MailKind::Reset, second(24 * 3600)).await);
}

#[tokio::test]
async fn retry_does_not_count_toward_the_quota() {
    let app = TestApp::start_with(with_quota).await;
    register_ada(&app).await;
    mails::Entity::delete_many().exec(&app.ctx.db).await.unwrap();
    let mut now = second(0);
    let mail = claimed(&app, MailKind::Reset, now).await;
    for _ in 0..5 {
        let mail = mails::Entity::find_by_id(mail.id).one(&app.db).await.unwrap().unwrap();
        assert!(matches!(mail.prepare(&app.db, &quota(&app), now).await.unwrap(), Delivery::Email(_)));
        assert!(mail.retry_later(&app.db, now).await.unwrap());
        now += TimeDelta::minutes(2);
        assert_eq!(Model::requeue_expired(&app.db, now).await.unwrap().len(), 1);
        Model::claim(&app.db, mail.pid, now).await.unwrap().unwrap();
    }
    for _ in 0..2 {
        assert!(is_rendered(&app, MailKind::Reset, now).await);
    }
    assert!(!is_rendered(&app, MailKind::Reset, now).await);
}

#[tokio::test]
async fn quota_is_not_enforced_if_limits_are_disabled() {
    let app = TestApp::start_with(|config| {
        with_quota(config);
        config.settings.as_mut().unwrap()["rate_limits"]["enabled"] = json!(false);
    })
    .await;
    register_ada(&app).await;
    for _ in 0..5 {
        post(&app, "forgot", "ada@example.org").await;
    }
    assert_eq!(app.mails().len(), 6);
}

#[tokio::test]
async fn sent_mails_are_purged_after_the_longest_quota_window() {
    let app = TestApp::start_with(with_quota).await;
    register_ada(&app).await;
    let rows = async || mails::Entity::find().count(&app.db).await.unwrap();
    let day = quota(&app).longest();
    assert_eq!(day, TimeDelta::days(1));
    let now = ballast::clock::now();
    assert_eq!((Model::purge_finished(&app.db, day, now).await.unwrap(), rows().await), (0, 1));
    assert_eq!((Model::purge_finished(&app.db, day, now + day).await.unwrap(), rows().await), (1, 0));
}

const CONCURRENCY: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn quota_permits_three_of_twelve_concurrent_mails() {
    let app = TestApp::start_with(with_quota).await;
    register_ada(&app).await;
    mails::Entity::delete_many().exec(&app.ctx.db).await.unwrap();
    let all = join_all((0..CONCURRENCY).map(|_| is_rendered(&app, MailKind::Registered, second(0)))).await;
    assert_eq!(all.into_iter().filter(|rendered| *rendered).count(), 3);
}

/// Compares with a broken implementation, which counts e-mails before it charges the quota, without a lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn quota_without_a_lock_permits_more_than_three_concurrent_mails() {
    let app = TestApp::start_with(with_quota).await;
    register_ada(&app).await;
    mails::Entity::delete_many().exec(&app.ctx.db).await.unwrap();
    let counted = Barrier::new(CONCURRENCY);
    let attempt = async || {
        let mail = claimed(&app, MailKind::Registered, second(0)).await;
        let charged = mails::Entity::find().filter(mails::Column::ChargedAt.is_not_null());
        let had = charged.count(&app.db).await.unwrap();
        counted.wait().await;
        had < 3
            && matches!(mail.prepare(&app.db, &MailboxQuota::default(), second(0)).await.unwrap(), Delivery::Email(_))
    };
    let all = join_all((0..CONCURRENCY).map(|_| attempt())).await;
    assert!(all.into_iter().filter(|rendered| *rendered).count() > 3, "the race did not occur");
}
