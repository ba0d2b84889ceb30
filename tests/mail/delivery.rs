//! Tests of e-mail delivery to mail servers with different behavior.

use std::{sync::Arc, time::Duration};

use ballast::{
    mailers::{EmailRenderer, MailServices, MailTransport},
    models::mails::{self, FAILED, Model, SENT, WAITING},
    workers::send_mail::{Args, SendMail},
};
use chrono::TimeDelta;
use loco_rs::{bgworker::BackgroundWorker, config::MailerTls};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use serde_json::{Value, json};

use super::{last_mail_row, post, register, register_ada, second};
use crate::support::{
    TestApp, TestResponse,
    log::Log,
    mail::Mail,
    smtp::{Behavior, Smtp},
};

/// Starts a mail server, and an application with one account. The mail server accepts the e-mail of the registration,
/// and then changes to `behavior`.
pub(super) async fn start(behavior: Behavior) -> (TestApp, Smtp) {
    let server = Smtp::start(Behavior::Accepts).await;
    let app = TestApp::start_with(|config| server.configure(config)).await;
    register_ada(&app).await;
    assert_eq!(server.mails().len(), 1, "the server must receive the first e-mail");
    server.set(behavior);
    (app, server)
}

pub(super) async fn forgot(app: &TestApp) -> TestResponse {
    let response = post(app, "forgot", "ada@example.org").await;
    assert_eq!((response.status.as_u16(), response.text()), (204, String::new()));
    response
}

/// Returns the only log line.
fn only(mut lines: Vec<Value>) -> Value {
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

/// Runs the next attempt to send the newest e-mail, at the time when this attempt is due.
pub(super) async fn retry(app: &TestApp) -> Model {
    let mail = last_mail_row(app).await;
    let due = mail.due_at.unwrap().to_utc();
    assert!(Model::requeue_expired(&app.db, due - TimeDelta::milliseconds(1)).await.unwrap().is_empty(), "too early");
    assert_eq!(Model::requeue_expired(&app.db, due).await.unwrap().len(), 1);
    let args = Args { mail: mail.pid, request_id: mail.request_id };
    SendMail::build(&app.ctx).perform(args).await.unwrap();
    last_mail_row(app).await
}

#[tokio::test]
async fn mail_is_sent_to_the_server_as_rendered() {
    let (app, server) = start(Behavior::Accepts).await;
    let response = forgot(&app).await;
    let mail = Mail::parse(&server.mails()[1]);
    assert_eq!((mail.header("To"), mail.header("Subject")), ("ada@example.org", "Reset your password"));
    assert_eq!(mail.header("X-Request-ID"), response.header("x-request-id").unwrap());
    mail.token();
    let commands = server.commands();
    assert!(commands.contains(&"MAIL FROM:<no-reply@localhost>".to_owned()), "{commands:?}");
    assert!(commands.contains(&"RCPT TO:<ada@example.org>".to_owned()), "{commands:?}");
}

#[tokio::test]
async fn mail_is_retried_after_a_temporary_error_and_sent_once() {
    for behavior in [
        Behavior::ClosesConnections,
        Behavior::Greeting(421),
        Behavior::RecipientReply(450),
        Behavior::RecipientReply(451),
    ] {
        let (app, server) = start(behavior).await;
        let log = Log::capture();
        forgot(&app).await;
        let line = only(log.events("mail_retry_scheduled"));
        assert_eq!((&line["level"], &line["kind"], &line["attempt"]), (&json!("WARN"), &json!("reset"), &json!(1)));
        assert!(line["reason"].is_string() && !line["reason"].as_str().unwrap().contains("ada@"), "{line}");
        let waiting = last_mail_row(&app).await;
        assert_eq!((waiting.status.as_str(), waiting.attempts), (WAITING, 1), "{behavior:?}");
        assert_eq!(retry(&app).await.status, WAITING, "{behavior:?}");
        server.set(Behavior::Accepts);
        let sent = retry(&app).await;
        assert_eq!((sent.status.as_str(), sent.attempts), (SENT, 3), "{behavior:?}");
        assert_eq!(server.mails().len(), 2, "{behavior:?}");
        Mail::parse(&server.mails()[1]).token();
    }
}

#[tokio::test]
async fn mail_is_retried_if_the_server_is_unreachable() {
    let (app, server) = start(Behavior::Accepts).await;
    drop(server);
    forgot(&app).await;
    assert_eq!(last_mail_row(&app).await.status, WAITING);
}

#[tokio::test]
async fn mail_is_not_retried_after_a_permanent_error() {
    let (unknown, full) = ("the mail server responded with 550", "the mail server responded with 552");
    let replies = [(Behavior::RecipientReply(550), unknown), (Behavior::RecipientReply(552), full)];
    let greeting = (Behavior::Greeting(554), "the mail server responded with 554");
    for (behavior, reason) in replies.into_iter().chain([greeting]) {
        let (app, server) = start(behavior).await;
        let log = Log::capture();
        let id = forgot(&app).await.header("x-request-id").unwrap().to_owned();
        let line = only(log.events("mail_failed"));
        assert_eq!(
            (&line["level"], &line["request_id"], &line["kind"]),
            (&json!("ERROR"), &json!(id), &json!("reset"))
        );
        assert_eq!((&line["attempt"], &line["reason"]), (&json!(1), &json!(reason)));
        let failed = last_mail_row(&app).await;
        assert_eq!((failed.status.as_str(), failed.email, failed.due_at), (FAILED, None, None), "{behavior:?}");
        server.set(Behavior::Accepts);
        let later = second(0) + TimeDelta::days(365);
        assert!(Model::requeue_expired(&app.db, later).await.unwrap().is_empty(), "{behavior:?}");
        assert_eq!(server.mails().len(), 1, "{behavior:?}");
    }
}

async fn set_send_timeout(app: &mut TestApp, timeout: Duration) {
    let (mailer, host) = (app.ctx.config.mailer.clone(), app.ctx.config.server.host.clone());
    let mail = MailServices {
        renderer: EmailRenderer::new("", &host).unwrap(),
        transport: MailTransport::new(mailer.as_ref()).with_timeout(timeout),
    };
    app.replace_services(|services| services.mail = Arc::new(mail)).await;
}

#[tokio::test]
async fn silent_server_occupies_a_worker_until_the_send_timeout() {
    let (mut app, _server) = start(Behavior::Silent).await;
    set_send_timeout(&mut app, Duration::from_millis(100)).await;
    forgot(&app).await;
    assert_eq!(last_mail_row(&app).await.status, WAITING);
}

#[tokio::test]
async fn mail_is_resent_with_the_same_id_if_the_server_closes_before_its_reply() {
    let (app, server) = start(Behavior::ClosesAfterData).await;
    forgot(&app).await;
    assert_eq!(last_mail_row(&app).await.status, WAITING);
    server.set(Behavior::Accepts);
    assert_eq!(retry(&app).await.status, SENT);
    let mails: Vec<_> = server.mails().iter().skip(1).map(|raw| Mail::parse(raw)).collect();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].header("Message-ID"), mails[1].header("Message-ID"));
}

#[tokio::test]
async fn mail_is_sent_even_if_the_server_ignores_quit() {
    let (app, server) = start(Behavior::IgnoresQuit).await;
    forgot(&app).await;
    assert_eq!((last_mail_row(&app).await.status.as_str(), server.mails().len()), (SENT, 2));
}

#[tokio::test]
async fn mail_is_not_sent_without_the_configured_encryption() {
    let server = Smtp::start(Behavior::Accepts).await;
    for tls in [MailerTls::Starttls, MailerTls::Implicit] {
        let mut app = TestApp::start_with(|config| {
            server.configure(config);
            config.mailer.as_mut().unwrap().smtp.as_mut().unwrap().tls = Some(tls);
        })
        .await;
        set_send_timeout(&mut app, Duration::from_secs(5)).await;
        register_ada(&app).await;
        assert_eq!(last_mail_row(&app).await.status, WAITING, "{tls:?}");
    }
    assert!(server.mails().is_empty());
    assert!(!server.commands().iter().any(|line| line.starts_with("MAIL")), "{:?}", server.commands());
}

#[tokio::test]
async fn mail_to_an_internationalized_domain_has_only_ascii_addresses() {
    let server = Smtp::start(Behavior::Accepts).await;
    let app = TestApp::start_with(|config| {
        server.configure(config);
        config.server.host = "https://m\u{fc}nchen.example".to_owned();
    })
    .await;
    assert_eq!(register(&app, "Ada", "Ada@k\u{f6}ln.example").await.status, 201);
    assert_eq!(last_mail_row(&app).await.status, SENT);
    let commands = server.commands();
    for command in ["MAIL FROM:<no-reply@xn--mnchen-3ya.example>", "RCPT TO:<ada@xn--kln-sna.example>"] {
        assert!(commands.contains(&command.to_owned()), "{commands:?}");
    }
    let mail = Mail::parse(&server.mails()[0]);
    assert_eq!(mail.header("To"), "ada@xn--kln-sna.example");
    assert!(mail.link().starts_with("https://xn--mnchen-3ya.example/verify?token="), "{}", mail.link());
}

/// Inserts an e-mail without enqueuing its job.
async fn insert_without_job(app: &TestApp) -> Args {
    let now = ballast::clock::now();
    let mail =
        Model::enqueue(&app.ctx.db, mails::MailKind::PasswordChanged, "ada@example.org", uuid::Uuid::now_v7(), now);
    mail.await.unwrap().into()
}

async fn attempts(app: &TestApp, args: &Args) -> i32 {
    let mail = mails::Entity::find().filter(mails::Column::Pid.eq(args.mail)).one(&app.db);
    mail.await.unwrap().unwrap().attempts
}

#[tokio::test]
async fn silent_server_occupies_only_one_of_two_workers() {
    let (app, server) = start(Behavior::Silent).await;
    let worker = SendMail::build(&app.ctx);
    let (first, second) = (insert_without_job(&app).await, insert_without_job(&app).await);
    let mut sending = std::pin::pin!(worker.perform(first.clone()));
    while attempts(&app, &first).await == 0 {
        assert!(futures_util::poll!(&mut sending).is_pending());
        tokio::task::yield_now().await;
    }
    worker.perform(second.clone()).await.unwrap();
    assert_eq!(attempts(&app, &second).await, 0, "the second worker is free for other jobs");
    // After the server has closed the connection, the waiting worker continues with the remaining e-mails.
    drop(server);
    sending.await.unwrap();
    assert_eq!(attempts(&app, &second).await, 1);
}

#[tokio::test]
async fn job_sends_all_queued_mails() {
    let (app, server) = start(Behavior::Accepts).await;
    for _ in 0..25 {
        insert_without_job(&app).await;
    }
    SendMail::build(&app.ctx).perform(insert_without_job(&app).await).await.unwrap();
    assert_eq!(server.mails().len(), 1 + 26);
    let waiting = mails::Entity::find().filter(mails::Column::Status.ne(SENT)).count(&app.db).await;
    assert_eq!(waiting.unwrap(), 0);
}
