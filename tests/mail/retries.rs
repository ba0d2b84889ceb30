//! Tests of attempts to send an e-mail: delay, maximum number of attempts, and superseded e-mails.

use ballast::{
    models::{
        mails::{self, Delivery, FAILED, MAX_ATTEMPTS, MailboxQuota, Model, SENDING, WAITING, wait_after},
        one_time_tokens,
    },
    workers::send_mail::{Args, SendMail},
};
use chrono::TimeDelta;
use loco_rs::bgworker::BackgroundWorker;
use sea_orm::EntityTrait;
use serde_json::json;

use super::{
    delivery::{forgot, retry, start},
    last_mail_row, register_ada, second,
};
use crate::support::{PASSWORD, TestApp, mail::Mail, smtp::Behavior};

#[tokio::test]
async fn mail_fails_after_nine_attempts() {
    let (app, server) = start(Behavior::RecipientReply(450)).await;
    forgot(&app).await;
    for attempt in 1..MAX_ATTEMPTS {
        let waiting = last_mail_row(&app).await;
        assert_eq!((waiting.status.as_str(), waiting.attempts), (WAITING, attempt));
        retry(&app).await;
    }
    let failed = last_mail_row(&app).await;
    assert_eq!((failed.status.as_str(), failed.attempts), (FAILED, MAX_ATTEMPTS));
    server.set(Behavior::Accepts);
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn retry_delay_doubles_with_each_attempt() {
    let app = TestApp::start().await;
    register_ada(&app).await;
    let mail = Model::enqueue(&app.ctx.db, mails::MailKind::Reset, "ada@example.org", uuid::Uuid::now_v7(), second(0));
    let mail = mail.await.unwrap();
    let mut now = second(0);
    for attempt in 1..MAX_ATTEMPTS {
        let claimed = Model::claim(&app.db, mail.pid, now).await.unwrap().unwrap();
        assert_eq!((claimed.attempts, claimed.status.as_str()), (attempt, SENDING));
        assert!(claimed.retry_later(&app.db, now).await.unwrap());
        assert!(Model::claim(&app.db, mail.pid, now).await.unwrap().is_none(), "the e-mail is not due");
        now += wait_after(attempt);
        assert_eq!(Model::requeue_expired(&app.db, now).await.unwrap().len(), 1);
    }
    let last = Model::claim(&app.db, mail.pid, now).await.unwrap().unwrap();
    assert!(!last.retry_later(&app.db, now).await.unwrap());
}

#[tokio::test]
async fn mail_is_requeued_after_a_worker_crash_until_its_last_attempt() {
    let app = TestApp::start().await;
    register_ada(&app).await;
    let mail = Model::enqueue(&app.ctx.db, mails::MailKind::Reset, "ada@example.org", uuid::Uuid::now_v7(), second(0));
    let mail = mail.await.unwrap();
    let mut now = second(0);
    for _ in 0..MAX_ATTEMPTS {
        assert!(Model::claim(&app.db, mail.pid, now).await.unwrap().is_some());
        assert!(Model::claim(&app.db, mail.pid, now).await.unwrap().is_none(), "the e-mail is already claimed");
        assert!(Model::requeue_expired(&app.db, now + TimeDelta::seconds(59)).await.unwrap().is_empty());
        now += TimeDelta::seconds(60);
        Model::requeue_expired(&app.db, now).await.unwrap();
    }
    assert!(Model::claim(&app.db, mail.pid, now).await.unwrap().is_none());
    assert_eq!(last_mail_row(&app).await.status, FAILED);
}

#[tokio::test]
async fn mail_without_a_job_is_requeued_after_a_minute() {
    let app = TestApp::start().await;
    register_ada(&app).await;
    let _ = Model::enqueue(&app.ctx.db, mails::MailKind::Reset, "ada@example.org", uuid::Uuid::now_v7(), second(0))
        .await
        .unwrap();
    assert!(Model::requeue_expired(&app.db, second(59)).await.unwrap().is_empty());
    assert_eq!(Model::requeue_expired(&app.db, second(60)).await.unwrap().len(), 1);
    assert!(Model::requeue_expired(&app.db, second(60)).await.unwrap().is_empty(), "an e-mail must be requeued once");
}

#[tokio::test]
async fn older_mail_is_not_sent_after_a_newer_link() {
    let (app, server) = start(Behavior::RecipientReply(450)).await;
    forgot(&app).await;
    let older = last_mail_row(&app).await;
    assert_eq!(older.status, WAITING);
    server.set(Behavior::Accepts);
    forgot(&app).await;
    let newest = Mail::parse(server.mails().last().unwrap()).token();
    assert_eq!(Model::requeue_expired(&app.db, older.due_at.unwrap().to_utc()).await.unwrap().len(), 1);
    SendMail::build(&app.ctx).perform(Args { mail: older.pid, request_id: older.request_id }).await.unwrap();
    let older = mails::Entity::find_by_id(older.id).one(&app.db).await.unwrap().unwrap();
    assert_eq!((older.status.as_str(), server.mails().len()), (FAILED, 2));
    let reset = json!({ "token": newest, "password": "another horse battery" });
    assert_eq!(app.post("/api/v1/auth/reset").json(&reset).send().await.status, 204);
}

#[tokio::test]
async fn older_mail_is_sent_if_the_newer_one_failed() {
    let (app, server) = start(Behavior::RecipientReply(450)).await;
    forgot(&app).await;
    let older = last_mail_row(&app).await;
    server.set(Behavior::RecipientReply(550));
    forgot(&app).await;
    assert_eq!(last_mail_row(&app).await.status, FAILED);
    server.set(Behavior::Accepts);
    Model::requeue_expired(&app.db, older.due_at.unwrap().to_utc()).await.unwrap();
    SendMail::build(&app.ctx).perform(Args { mail: older.pid, request_id: older.request_id }).await.unwrap();
    assert_eq!(server.mails().len(), 2);
}

#[tokio::test]
async fn unsent_reset_link_is_cancelled_by_a_password_change() {
    let (app, server) = start(Behavior::RecipientReply(450)).await;
    let user = app.log_in("ada@example.org", PASSWORD).await;
    forgot(&app).await;
    let waiting = last_mail_row(&app).await;
    let change = json!({ "current_password": PASSWORD, "password": "another horse battery" });
    assert_eq!(app.put("/api/v1/auth/password").bearer(&user).json(&change).send().await.status, 204);
    let cancelled = mails::Entity::find_by_id(waiting.id).one(&app.db).await.unwrap().unwrap();
    assert_eq!((cancelled.status.as_str(), cancelled.email, cancelled.due_at), (FAILED, None, None));
    server.set(Behavior::Accepts);
    Model::requeue_expired(&app.db, second(0) + TimeDelta::days(365)).await.unwrap();
    SendMail::build(&app.ctx).perform(Args { mail: waiting.pid, request_id: waiting.request_id }).await.unwrap();
    let subjects = server.mails().iter().map(|raw| Mail::parse(raw).header("Subject").to_owned()).collect::<Vec<_>>();
    assert!(!subjects.contains(&"Reset your password".to_owned()), "{subjects:?}");
}

#[tokio::test]
async fn superseded_attempt_creates_no_token() {
    let app = TestApp::start().await;
    register_ada(&app).await;
    let mail = Model::enqueue(&app.ctx.db, mails::MailKind::Reset, "ada@example.org", uuid::Uuid::now_v7(), second(0));
    let mail = mail.await.unwrap();
    let late = Model::claim(&app.db, mail.pid, second(0)).await.unwrap().unwrap();
    Model::claim(&app.db, mail.pid, second(61)).await.unwrap().unwrap();
    let draft = late.prepare(&app.db, &MailboxQuota::default(), second(61)).await.unwrap();
    assert!(matches!(draft, Delivery::NoRecipient));
    let tokens = one_time_tokens::Entity::find().all(&app.db).await.unwrap();
    assert!(tokens.iter().all(|token| token.purpose != "reset"), "{tokens:?}");
}
