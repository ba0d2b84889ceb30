//! Tests of enqueued e-mails: equal work for every e-mail address, and no secrets in jobs.

use loco_rs::config::{Config, QueueConfig, WorkerMode};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, PaginatorTrait, Statement};
use serde_json::Value;

use ballast::models::{
    mails::{self, QUEUED},
    security_events,
};

use super::{last_mail_row, post, register, register_ada};
use crate::support::TestApp;

/// Configures a queue in the database of the test. No worker runs the jobs.
fn queued(config: &mut Config) {
    config.workers.mode = WorkerMode::BackgroundQueue;
    match config.queue.as_mut().unwrap() {
        QueueConfig::Sqlite(queue) => queue.uri.clone_from(&config.database.uri),
        QueueConfig::Postgres(queue) => queue.uri.clone_from(&config.database.uri),
        _ => panic!("tests use a queue in the database"),
    }
}

/// Returns the name and the arguments of every queued job.
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

/// Returns the number of rows of each table to which a request for an e-mail writes.
async fn counts(app: &TestApp) -> [u64; 3] {
    [
        mails::Entity::find().count(&app.db).await.unwrap(),
        security_events::Entity::find().count(&app.db).await.unwrap(),
        jobs(app).await.len() as u64,
    ]
}

#[tokio::test]
async fn mail_request_writes_equal_rows_for_known_and_unknown_addresses() {
    let app = TestApp::start_with(queued).await;
    register_ada(&app).await;
    for endpoint in ["forgot", "resend", "register"] {
        let mut increments = Vec::new();
        for email in ["ada@example.org", "unknown@example.org"] {
            let before = counts(&app).await;
            let response = match endpoint {
                "register" => register(&app, "Eve", email).await,
                endpoint => post(&app, endpoint, email).await,
            };
            assert!(response.status.is_success(), "{endpoint} {email}");
            let after = counts(&app).await;
            increments.push([0, 1, 2].map(|table| after[table] - before[table]));
        }
        assert_eq!(increments[0], increments[1], "{endpoint}");
        assert_eq!((increments[0][0], increments[0][2]), (1, 1), "{endpoint}");
    }
}

#[tokio::test]
async fn mail_job_contains_only_the_mail_id_and_the_request_id() {
    let app = TestApp::start_with(queued).await;
    register_ada(&app).await;
    let response = post(&app, "forgot", "ada@example.org").await;
    let (name, data) = jobs(&app).await.pop().unwrap();
    let mail = last_mail_row(&app).await;
    let expected = serde_json::json!({ "mail": mail.pid, "request_id": response.header("x-request-id").unwrap() });
    assert_eq!((name.as_str(), data), ("SendMail", expected));
    // No token exists yet, because the service creates the token when the e-mail is rendered.
    assert_eq!(ballast::models::one_time_tokens::Entity::find().count(&app.db).await.unwrap(), 0);
}

#[tokio::test]
async fn mail_to_an_unknown_address_leaves_no_row() {
    let app = TestApp::start().await;
    for endpoint in ["forgot", "resend"] {
        assert_eq!(post(&app, endpoint, "unknown@example.org").await.status, 204);
    }
    assert_eq!(mails::Entity::find().count(&app.db).await.unwrap(), 0);
}

#[tokio::test]
async fn sent_mail_keeps_no_address() {
    let app = TestApp::start().await;
    register_ada(&app).await;
    let mail = last_mail_row(&app).await;
    assert_eq!((mail.status.as_str(), mail.email, mail.attempts), (mails::SENT, None, 1));
}

/// Makes the database reject every update of the table `mails`, as on a full disk.
async fn reject_changes(app: &TestApp) {
    let statements: &[&str] = match app.ctx.db.get_database_backend() {
        DbBackend::Postgres => &[
            "CREATE FUNCTION reject() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk full'; END $$",
            "CREATE TRIGGER full_disk BEFORE UPDATE ON mails FOR EACH ROW EXECUTE FUNCTION reject()",
        ],
        _ => &["CREATE TRIGGER full_disk BEFORE UPDATE ON mails BEGIN SELECT RAISE(ABORT, 'disk full'); END"],
    };
    for statement in statements {
        app.ctx.db.execute_unprepared(statement).await.unwrap();
    }
}

#[tokio::test]
async fn mail_stays_queued_if_it_cannot_be_claimed() {
    let app = TestApp::start().await;
    register_ada(&app).await;
    reject_changes(&app).await;
    assert_eq!(post(&app, "forgot", "ada@example.org").await.status, 204);
    let mail = last_mail_row(&app).await;
    assert_eq!((mail.status.as_str(), mail.attempts), (QUEUED, 0));
}
