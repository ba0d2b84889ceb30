//! Migrations: taken once whoever starts at once, whole or not at all, and never by a start.

use std::path::Path;

use ballast::app::App;
use loco_rs::{app::Hooks, environment::Environment};
use migration::{DbErr, Migrator, MigratorTrait, Steps};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::Value;

use crate::support::{
    database::TestDatabase,
    process::{Server, ballast, faulty},
};

const PRODUCTION: [(&str, &str); 3] = [
    ("LOCO_ENV", "production"),
    ("HOST", "https://example.org"),
    ("JWT_SECRET", "CN6oXkXCtx9ewBSfbkbmVhNwXgG9n5uSBn0r8hfxMGQ="),
];

async fn database(folder: &Path) -> TestDatabase {
    let config = App::load_config(&Environment::Test).await.unwrap();
    TestDatabase::create(&config.database.uri, folder).await
}

async fn connect(database: &TestDatabase) -> DatabaseConnection {
    Database::connect(&database.uri).await.unwrap()
}

/// Every column and index by name.
async fn schema(db: &DatabaseConnection) -> Vec<String> {
    let backend = db.get_database_backend();
    let query = match backend {
        DbBackend::Postgres => {
            "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) AS line \
             FROM information_schema.columns WHERE table_schema = 'public' \
             UNION SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY line"
        }
        _ => "SELECT coalesce(sql, name) AS line FROM sqlite_master ORDER BY line",
    };
    let rows = db.query_all_raw(Statement::from_string(backend, query)).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "line").unwrap()).collect()
}

async fn versions(db: &DatabaseConnection) -> Vec<String> {
    let query = Statement::from_string(db.get_database_backend(), "SELECT version FROM seaql_migrations ORDER BY 1");
    let rows = db.query_all_raw(query).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", "version").unwrap()).collect()
}

/// Five migrate one new database at once.
async fn five_at_once<M: MigratorTrait>() -> Vec<Result<(), DbErr>> {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path()).await;
    let pools = futures_util::future::join_all((0..5).map(|_| connect(&database))).await;
    let outcomes = futures_util::future::join_all(pools.iter().map(|db| M::up(db, None))).await;
    if outcomes.iter().all(Result::is_ok) {
        assert_eq!(versions(&pools[0]).await.len(), Steps::migrations().len());
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_five_that_migrate_at_once_all_end_well() {
    for round in 0..20 {
        for outcome in five_at_once::<Migrator>().await {
            assert!(outcome.is_ok(), "round {round}: {outcome:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_lock_five_that_migrate_at_once_meet() {
    for _ in 0..20 {
        if five_at_once::<Steps>().await.iter().any(Result::is_err) {
            return;
        }
    }
    panic!("the race that the lock prevents was not met");
}

#[tokio::test]
async fn a_migration_that_is_killed_leaves_nothing_and_the_next_run_completes() {
    let folder = tempfile::tempdir().unwrap();
    let clean = database(folder.path()).await;
    let db = connect(&clean).await;
    Migrator::up(&db, None).await.unwrap();
    let wanted = schema(&db).await;
    for step in 1..=Steps::migrations().len() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(folder.path()).await;
        let migrate = || {
            let mut command = faulty(folder.path());
            command.env("DATABASE_URL", &database.uri).args(["db", "migrate"]);
            command
        };
        let killed = migrate().env("DIE_AT", step.to_string()).status().unwrap();
        assert_eq!(killed.code(), None, "step {step} did not die");
        let db = connect(&database).await;
        assert_eq!(Migrator::get_applied_migrations_read_only(&db).await.unwrap().len(), 0, "step {step}");
        assert!(migrate().status().unwrap().success(), "step {step}");
        assert_eq!(schema(&db).await, wanted, "step {step}");
    }
}

#[tokio::test]
async fn every_step_can_be_taken_back_and_taken_again() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path()).await;
    let db = connect(&database).await;
    Migrator::up(&db, None).await.unwrap();
    let wanted = schema(&db).await;
    for _ in Steps::migrations() {
        Migrator::down(&db, Some(1)).await.unwrap();
    }
    assert_eq!(Migrator::get_applied_migrations_read_only(&db).await.unwrap().len(), 0);
    Migrator::up(&db, None).await.unwrap();
    assert_eq!(schema(&db).await, wanted);
}

fn ask(server: &Server, path: &str) -> (String, Value) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let answer = server.exchange(request.as_bytes());
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn a_start_never_migrates_and_serves_nothing_until_somebody_has() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path()).await;
    let mut command = ballast(folder.path());
    let mut server =
        Server::start_until(command.env("DATABASE_URL", &database.uri).envs(PRODUCTION), "migrations_pending");
    let advice = server.log.last().unwrap();
    assert!(advice.contains("db migrate"), "{advice}");
    server.wait_until_it_serves();
    let (head, health) = ask(&server, "/api/v1/health");
    assert!(head.starts_with("HTTP/1.1 503"), "{head}");
    assert_eq!((&health["status"], &health["reason"]), (&"unavailable".into(), &"migrations_pending".into()));
    let (head, refused) = ask(&server, "/api/v1/auth/me");
    assert!(head.starts_with("HTTP/1.1 503") && head.contains("retry-after: "), "{head}");
    assert_eq!(refused["error"]["code"], "service_unavailable");
    assert!(ask(&server, "/api/v1/health/live").0.starts_with("HTTP/1.1 200"));
    let db = connect(&database).await;
    assert!(!schema(&db).await.iter().any(|line| line.contains("users")), "the start has migrated");
    Migrator::up(&db, None).await.unwrap();
    server.wait_for("migrations_done");
    assert!(ask(&server, "/api/v1/health").0.starts_with("HTTP/1.1 200"));
    assert!(ask(&server, "/api/v1/auth/me").0.starts_with("HTTP/1.1 401"));
}

#[tokio::test]
async fn a_database_that_a_newer_version_migrated_is_neither_served_nor_touched() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path()).await;
    let db = connect(&database).await;
    Migrator::up(&db, None).await.unwrap();
    db.execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29990101_000001_newer', 0)")
        .await
        .unwrap();
    let before = schema(&db).await;
    let mut command = ballast(folder.path());
    command.env("DATABASE_URL", &database.uri).envs(PRODUCTION);
    assert!(!command.args(["db", "migrate"]).output().unwrap().status.success());
    let mut command = ballast(folder.path());
    let mut server =
        Server::start_until(command.env("DATABASE_URL", &database.uri).envs(PRODUCTION), "migrations_unknown");
    server.wait_until_it_serves();
    let (head, health) = ask(&server, "/api/v1/health");
    assert!(head.starts_with("HTTP/1.1 503"), "{head}");
    assert_eq!(health["reason"], "migrations_unknown");
    assert_eq!(schema(&db).await, before);
}

#[tokio::test]
async fn a_process_for_jobs_alone_ends_at_once_on_another_schema() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path()).await;
    let mut command = ballast(folder.path());
    command.env("DATABASE_URL", &database.uri).envs(PRODUCTION);
    let output = command.args(["start", "--worker"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("db migrate"));
}
