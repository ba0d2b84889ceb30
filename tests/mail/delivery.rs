//! Mail servers in every mood: a request never feels them, and what can arrive arrives.

use std::{sync::Arc, time::Duration};

use ballast::{
    mailers::MailTransport,
    models::{
        mails::{self, Delivery, FAILED, MAX_ATTEMPTS, MailboxQuota, Model, SENDING, SENT, WAITING, wait_after},
        one_time_tokens, users,
    },
    workers::send_mail::{Args, SendMail},
};
use chrono::TimeDelta;
use loco_rs::{bgworker::BackgroundWorker, config::MailerTls};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
};
use serde_json::json;

use super::{ada, last_order, post, second};
use crate::support::{
    Answer, PASSWORD, TestApp,
    mail::Mail,
    smtp::{Mood, Smtp},
};

/// An application with an account, and its mail server in this mood.
async fn with(mood: Mood) -> (TestApp, Smtp) {
    let server = Smtp::start(Mood::Takes).await;
    let app = TestApp::start_with(|config| server.serve(config)).await;
    ada(&app).await;
    assert_eq!(server.mails().len(), 1, "the server is reached");
    server.set(mood);
    (app, server)
}

async fn forgot(app: &TestApp) -> Answer {
    let answer = post(app, "forgot", "ada@example.org").await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, String::new()));
    answer
}

/// The next attempt at the order given last, after whatever wait.
async fn try_again(app: &TestApp) -> Model {
    let order = last_order(app).await;
    let due = order.due_at.unwrap().to_utc();
    assert!(Model::sweep(&app.db, due - TimeDelta::milliseconds(1)).await.unwrap().is_empty(), "too early");
    assert_eq!(Model::sweep(&app.db, due).await.unwrap().len(), 1);
    let args = Args { mail: order.pid, request_id: order.request_id };
    SendMail::build(&app.ctx).perform(args).await.unwrap();
    last_order(app).await
}

#[tokio::test]
async fn a_mail_goes_to_the_server_as_it_was_written() {
    let (app, server) = with(Mood::Takes).await;
    let answer = forgot(&app).await;
    let mail = Mail::parse(&server.mails()[1]);
    assert_eq!((mail.header("To"), mail.header("Subject")), ("ada@example.org", "Reset your password"));
    assert_eq!(mail.header("X-Request-ID"), answer.header("x-request-id").unwrap());
    mail.token();
    let heard = server.heard();
    assert!(heard.contains(&"MAIL FROM:<no-reply@localhost>".to_owned()), "{heard:?}");
    assert!(heard.contains(&"RCPT TO:<ada@example.org>".to_owned()), "{heard:?}");
}

#[tokio::test]
async fn what_a_server_cannot_take_now_waits_and_arrives_once() {
    for mood in [Mood::Refuses, Mood::Greets(421), Mood::Answers(450), Mood::Answers(451)] {
        let (app, server) = with(mood).await;
        forgot(&app).await;
        let waiting = last_order(&app).await;
        assert_eq!((waiting.status.as_str(), waiting.attempts), (WAITING, 1), "{mood:?}");
        assert_eq!(try_again(&app).await.status, WAITING, "{mood:?}");
        server.set(Mood::Takes);
        let sent = try_again(&app).await;
        assert_eq!((sent.status.as_str(), sent.attempts), (SENT, 3), "{mood:?}");
        assert_eq!(server.mails().len(), 2, "{mood:?}");
        Mail::parse(&server.mails()[1]).token();
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_waited_for() {
    let (app, server) = with(Mood::Takes).await;
    drop(server);
    forgot(&app).await;
    assert_eq!(last_order(&app).await.status, WAITING);
}

#[tokio::test]
async fn what_a_server_never_takes_is_not_tried_again() {
    for mood in [Mood::Answers(550), Mood::Answers(552), Mood::Greets(554)] {
        let (app, server) = with(mood).await;
        forgot(&app).await;
        let failed = last_order(&app).await;
        assert_eq!((failed.status.as_str(), failed.email, failed.due_at), (FAILED, None, None), "{mood:?}");
        server.set(Mood::Takes);
        let later = second(0) + TimeDelta::days(365);
        assert!(Model::sweep(&app.db, later).await.unwrap().is_empty(), "{mood:?}");
        assert_eq!(server.mails().len(), 1, "{mood:?}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_holds_a_worker_no_longer_than_an_attempt_may_take() {
    let (app, _server) = with(Mood::Silent).await;
    let post = MailTransport::new(app.ctx.config.mailer.as_ref()).patient_for(Duration::from_millis(100));
    app.ctx.shared_store.insert(Arc::new(post));
    forgot(&app).await;
    assert_eq!(last_order(&app).await.status, WAITING);
}

#[tokio::test]
async fn a_server_that_breaks_off_after_the_mail_gets_it_once_more_under_the_same_id() {
    let (app, server) = with(Mood::DropsAfterData).await;
    forgot(&app).await;
    assert_eq!(last_order(&app).await.status, WAITING);
    server.set(Mood::Takes);
    assert_eq!(try_again(&app).await.status, SENT);
    let mails: Vec<_> = server.mails().iter().skip(1).map(|raw| Mail::parse(raw)).collect();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].header("Message-ID"), mails[1].header("Message-ID"));
}

#[tokio::test]
async fn a_server_that_took_a_mail_has_it_however_it_says_goodbye() {
    let (app, server) = with(Mood::TakesAndFallsSilent).await;
    forgot(&app).await;
    assert_eq!((last_order(&app).await.status.as_str(), server.mails().len()), (SENT, 2));
}

#[tokio::test]
async fn a_mail_does_not_cross_in_clear_where_it_was_to_be_encrypted() {
    let server = Smtp::start(Mood::Takes).await;
    for tls in [MailerTls::Starttls, MailerTls::Implicit] {
        let app = TestApp::start_with(|config| {
            server.serve(config);
            config.mailer.as_mut().unwrap().smtp.as_mut().unwrap().tls = Some(tls);
        })
        .await;
        let post = MailTransport::new(app.ctx.config.mailer.as_ref()).patient_for(Duration::from_secs(5));
        app.ctx.shared_store.insert(Arc::new(post));
        ada(&app).await;
        assert_eq!(last_order(&app).await.status, WAITING, "{tls:?}");
    }
    assert!(server.mails().is_empty());
    assert!(!server.heard().iter().any(|line| line.starts_with("MAIL")), "{:?}", server.heard());
}

#[tokio::test]
async fn after_nine_attempts_a_mail_is_given_up() {
    let (app, server) = with(Mood::Answers(450)).await;
    forgot(&app).await;
    for attempt in 1..MAX_ATTEMPTS {
        let waiting = last_order(&app).await;
        assert_eq!((waiting.status.as_str(), waiting.attempts), (WAITING, attempt));
        try_again(&app).await;
    }
    let failed = last_order(&app).await;
    assert_eq!((failed.status.as_str(), failed.attempts), (FAILED, MAX_ATTEMPTS));
    server.set(Mood::Takes);
    assert_eq!(server.mails().len(), 1);
}

#[tokio::test]
async fn each_wait_is_twice_as_long_as_the_one_before() {
    let app = TestApp::start().await;
    ada(&app).await;
    let order = Model::order(&app.ctx.db, mails::Kind::Reset, "ada@example.org", uuid::Uuid::now_v7(), second(0));
    let order = order.await.unwrap();
    let mut now = second(0);
    for attempt in 1..MAX_ATTEMPTS {
        let mail = Model::claim(&app.db, order.pid, now).await.unwrap().unwrap();
        assert_eq!((mail.attempts, mail.status.as_str()), (attempt, SENDING));
        assert!(mail.put_off(&app.db, now).await.unwrap());
        assert!(Model::claim(&app.db, order.pid, now).await.unwrap().is_none(), "it waits");
        now += wait_after(attempt);
        assert_eq!(Model::sweep(&app.db, now).await.unwrap().len(), 1);
    }
    let last = Model::claim(&app.db, order.pid, now).await.unwrap().unwrap();
    assert!(!last.put_off(&app.db, now).await.unwrap());
}

#[tokio::test]
async fn a_mail_whose_worker_was_killed_is_offered_again_and_a_killer_is_given_up() {
    let app = TestApp::start().await;
    ada(&app).await;
    let order = Model::order(&app.ctx.db, mails::Kind::Reset, "ada@example.org", uuid::Uuid::now_v7(), second(0));
    let order = order.await.unwrap();
    let mut now = second(0);
    for _ in 0..MAX_ATTEMPTS {
        assert!(Model::claim(&app.db, order.pid, now).await.unwrap().is_some());
        assert!(Model::claim(&app.db, order.pid, now).await.unwrap().is_none(), "two have it");
        assert!(Model::sweep(&app.db, now + TimeDelta::seconds(59)).await.unwrap().is_empty());
        now += TimeDelta::seconds(60);
        Model::sweep(&app.db, now).await.unwrap();
    }
    assert!(Model::claim(&app.db, order.pid, now).await.unwrap().is_none());
    assert_eq!(last_order(&app).await.status, FAILED);
}

#[tokio::test]
async fn an_order_that_no_job_knows_of_is_offered_after_a_minute() {
    let app = TestApp::start().await;
    ada(&app).await;
    Model::order(&app.ctx.db, mails::Kind::Reset, "ada@example.org", uuid::Uuid::now_v7(), second(0)).await.unwrap();
    assert!(Model::sweep(&app.db, second(59)).await.unwrap().is_empty());
    assert_eq!(Model::sweep(&app.db, second(60)).await.unwrap().len(), 1);
    assert!(Model::sweep(&app.db, second(60)).await.unwrap().is_empty(), "offered once");
}

#[tokio::test]
async fn an_address_beyond_ascii_goes_to_a_server_that_takes_such_and_to_no_other() {
    for (mood, status, arrived) in [(Mood::Takes, FAILED, 1), (Mood::TakesEveryAddress, SENT, 2)] {
        let (app, server) = with(mood).await;
        let zoe = "zo\u{eb}@example.org";
        let mut row = users::Entity::find().one(&app.db).await.unwrap().unwrap().into_active_model();
        row.email = Set(zoe.to_owned());
        row.update(&app.ctx.db).await.unwrap();
        let order = Model::order(&app.ctx.db, mails::Kind::Reset, zoe, uuid::Uuid::now_v7(), second(0)).await.unwrap();
        SendMail::build(&app.ctx).perform(order.into()).await.unwrap();
        assert_eq!((last_order(&app).await.status.as_str(), server.mails().len()), (status, arrived), "{mood:?}");
    }
}

#[tokio::test]
async fn an_older_order_that_is_tried_again_gives_way_to_the_link_that_came_after_it() {
    let (app, server) = with(Mood::Answers(450)).await;
    forgot(&app).await;
    let older = last_order(&app).await;
    assert_eq!(older.status, WAITING);
    server.set(Mood::Takes);
    forgot(&app).await;
    let newest = Mail::parse(server.mails().last().unwrap()).token();
    assert_eq!(Model::sweep(&app.db, older.due_at.unwrap().to_utc()).await.unwrap().len(), 1);
    SendMail::build(&app.ctx).perform(Args { mail: older.pid, request_id: older.request_id }).await.unwrap();
    let older = mails::Entity::find_by_id(older.id).one(&app.db).await.unwrap().unwrap();
    assert_eq!((older.status.as_str(), server.mails().len()), (FAILED, 2));
    let reset = json!({ "token": newest, "password": "another horse battery" });
    assert_eq!(app.post("/api/v1/auth/reset").json(&reset).send().await.status, 204);
}

#[tokio::test]
async fn an_older_order_is_sent_where_the_one_after_it_was_not() {
    let (app, server) = with(Mood::Answers(450)).await;
    forgot(&app).await;
    let older = last_order(&app).await;
    server.set(Mood::Answers(550));
    forgot(&app).await;
    assert_eq!(last_order(&app).await.status, FAILED);
    server.set(Mood::Takes);
    Model::sweep(&app.db, older.due_at.unwrap().to_utc()).await.unwrap();
    SendMail::build(&app.ctx).perform(Args { mail: older.pid, request_id: older.request_id }).await.unwrap();
    assert_eq!(server.mails().len(), 2);
}

#[tokio::test]
async fn a_link_that_has_not_left_when_the_password_changes_never_leaves() {
    let (app, server) = with(Mood::Answers(450)).await;
    let who = app.log_in("ada@example.org", PASSWORD).await;
    forgot(&app).await;
    let waiting = last_order(&app).await;
    let change = json!({ "current_password": PASSWORD, "password": "another horse battery" });
    assert_eq!(app.put("/api/v1/auth/password").bearer(&who).json(&change).send().await.status, 204);
    let withdrawn = mails::Entity::find_by_id(waiting.id).one(&app.db).await.unwrap().unwrap();
    assert_eq!((withdrawn.status.as_str(), withdrawn.email, withdrawn.due_at), (FAILED, None, None));
    server.set(Mood::Takes);
    Model::sweep(&app.db, second(0) + TimeDelta::days(365)).await.unwrap();
    SendMail::build(&app.ctx).perform(Args { mail: waiting.pid, request_id: waiting.request_id }).await.unwrap();
    let subjects = server.mails().iter().map(|raw| Mail::parse(raw).header("Subject").to_owned()).collect::<Vec<_>>();
    assert!(!subjects.contains(&"Reset your password".to_owned()), "{subjects:?}");
}

#[tokio::test]
async fn an_attempt_that_another_has_taken_over_makes_no_token() {
    let app = TestApp::start().await;
    ada(&app).await;
    let order = Model::order(&app.ctx.db, mails::Kind::Reset, "ada@example.org", uuid::Uuid::now_v7(), second(0));
    let order = order.await.unwrap();
    let late = Model::claim(&app.db, order.pid, second(0)).await.unwrap().unwrap();
    Model::claim(&app.db, order.pid, second(61)).await.unwrap().unwrap();
    let draft = late.draft(&app.db, &MailboxQuota::default(), second(61)).await.unwrap();
    assert!(matches!(draft, Delivery::Nothing));
    let purposes = one_time_tokens::Entity::find().all(&app.db).await.unwrap();
    assert!(purposes.iter().all(|token| token.purpose != "reset"), "{purposes:?}");
}

/// An order that nobody has woken a worker for.
async fn order(app: &TestApp) -> Args {
    let now = ballast::clock::now();
    let ordered = Model::order(&app.ctx.db, mails::Kind::PasswordChanged, "ada@example.org", uuid::Uuid::now_v7(), now);
    ordered.await.unwrap().into()
}

async fn attempts(app: &TestApp, args: &Args) -> i32 {
    let mail = mails::Entity::find().filter(mails::Column::Pid.eq(args.mail)).one(&app.db);
    mail.await.unwrap().unwrap().attempts
}

#[tokio::test]
async fn a_server_that_says_nothing_holds_one_worker_of_two() {
    let (app, server) = with(Mood::Silent).await;
    let worker = SendMail::build(&app.ctx);
    let (held, turned_away) = (order(&app).await, order(&app).await);
    let mut holding = std::pin::pin!(worker.perform(held.clone()));
    while attempts(&app, &held).await == 0 {
        assert!(futures_util::poll!(&mut holding).is_pending());
        tokio::task::yield_now().await;
    }
    worker.perform(turned_away.clone()).await.unwrap();
    assert_eq!(attempts(&app, &turned_away).await, 0, "the second worker is free for other jobs");
    // Whoever held the line looks after those who were turned away.
    drop(server);
    holding.await.unwrap();
    assert_eq!(attempts(&app, &turned_away).await, 1);
}

#[tokio::test]
async fn one_job_sends_all_the_mails_that_wait() {
    let (app, server) = with(Mood::Takes).await;
    for _ in 0..25 {
        order(&app).await;
    }
    SendMail::build(&app.ctx).perform(order(&app).await).await.unwrap();
    assert_eq!(server.mails().len(), 1 + 26);
    let waiting = mails::Entity::find().filter(mails::Column::Status.ne(SENT)).count(&app.db).await;
    assert_eq!(waiting.unwrap(), 0);
}
