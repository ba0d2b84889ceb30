//! What a request does for a mail: the same for every address, and nothing that a thief could use.

use loco_rs::config::{Config, QueueConfig, WorkerMode};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, Statement};
use serde_json::Value;

use ballast::models::{
    mails::{self, QUEUED},
    security_events,
};

use super::{ada, last_order, post, register};
use crate::support::TestApp;

/// Jobs wait in the test's own database, and nobody runs them.
fn queued(config: &mut Config) {
    config.workers.mode = WorkerMode::BackgroundQueue;
    match config.queue.as_mut().unwrap() {
        QueueConfig::Sqlite(queue) => queue.uri.clone_from(&config.database.uri),
        QueueConfig::Postgres(queue) => queue.uri.clone_from(&config.database.uri),
        _ => panic!("tests keep jobs in the database"),
    }
}

/// The name and arguments of every job that waits.
async fn jobs(app: &TestApp) -> Vec<(String, Value)> {
    let backend = app.ctx.db.get_database_backend();
    let query = match backend {
        DbBackend::Postgres => "SELECT name, task_data::text AS data FROM pg_loco_queue ORDER BY id",
        _ => "SELECT name, task_data AS data FROM sqlt_loco_queue ORDER BY id",
    };
    let rows = app.ctx.db.query_all_raw(Statement::from_string(backend, query)).await.unwrap();
    let text = |row: &sea_orm::QueryResult, column: &str| row.try_get::<String>("", column).unwrap();
    rows.iter().map(|row| (text(row, "name"), serde_json::from_str(&text(row, "data")).unwrap())).collect()
}

/// Rows of every table that a request for a mail writes to.
async fn counts(app: &TestApp) -> [u64; 3] {
    [
        mails::Entity::find().count(&app.db).await.unwrap(),
        security_events::Entity::find().count(&app.db).await.unwrap(),
        jobs(app).await.len() as u64,
    ]
}

#[tokio::test]
async fn a_known_and_an_unknown_address_are_the_same_rows_and_one_job() {
    let app = TestApp::start_with(queued).await;
    ada(&app).await;
    for endpoint in ["forgot", "resend", "register"] {
        let mut grown = Vec::new();
        for email in ["ada@example.org", "nobody@example.org"] {
            let before = counts(&app).await;
            let answer = match endpoint {
                "register" => register(&app, "Eve", email).await,
                endpoint => post(&app, endpoint, email).await,
            };
            assert!(answer.status.is_success(), "{endpoint} {email}");
            let after = counts(&app).await;
            grown.push([0, 1, 2].map(|table| after[table] - before[table]));
        }
        assert_eq!(grown[0], grown[1], "{endpoint}");
        assert_eq!((grown[0][0], grown[0][2]), (1, 1), "{endpoint}");
    }
}

#[tokio::test]
async fn a_job_says_which_order_and_which_request_and_nothing_else() {
    let app = TestApp::start_with(queued).await;
    ada(&app).await;
    let answer = post(&app, "forgot", "ada@example.org").await;
    let (name, data) = jobs(&app).await.pop().unwrap();
    let order = last_order(&app).await;
    let expected = serde_json::json!({ "mail": order.pid, "request_id": answer.header("x-request-id").unwrap() });
    assert_eq!((name.as_str(), data), ("SendMail", expected));
    // The token is made when the mail is written: until then there is none.
    assert_eq!(ballast::models::one_time_tokens::Entity::find().count(&app.db).await.unwrap(), 0);
}

#[tokio::test]
async fn of_an_order_for_nobody_nothing_is_kept() {
    let app = TestApp::start().await;
    for endpoint in ["forgot", "resend"] {
        assert_eq!(post(&app, endpoint, "nobody@example.org").await.status, 204);
    }
    assert_eq!(mails::Entity::find().count(&app.db).await.unwrap(), 0);
}

#[tokio::test]
async fn of_a_mail_that_was_sent_no_address_is_kept() {
    let app = TestApp::start().await;
    ada(&app).await;
    let order = last_order(&app).await;
    assert_eq!((order.status.as_str(), order.email, order.attempts), (mails::SENT, None, 1));
}

/// Rejects every change of a queued mail, as a full disk does.
async fn reject_changes(app: &TestApp) {
    let statements: &[&str] = match app.ctx.db.get_database_backend() {
        DbBackend::Postgres => &[
            "CREATE FUNCTION reject() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$",
            "CREATE TRIGGER full_disk BEFORE UPDATE ON mails FOR EACH ROW EXECUTE FUNCTION reject()",
        ],
        _ => &["CREATE TRIGGER full_disk BEFORE UPDATE ON mails BEGIN SELECT RAISE(ABORT, 'no room'); END"],
    };
    for statement in statements {
        app.ctx.db.execute_unprepared(statement).await.unwrap();
    }
}

#[tokio::test]
async fn mail_stays_queued_if_it_cannot_be_claimed_and_no_job_follows() {
    let app = TestApp::start().await;
    ada(&app).await;
    reject_changes(&app).await;
    assert_eq!(post(&app, "forgot", "ada@example.org").await.status, 204);
    let order = last_order(&app).await;
    assert_eq!((order.status.as_str(), order.attempts), (QUEUED, 0));
}
