//! Tests of migrations: exclusive, atomic, and never run by a production server.

use std::path::Path;

use ballast::app::App;
use chrono::{DateTime, Utc};
use loco_rs::{app::Hooks, environment::Environment};
use migration::{DbErr, Expr, Migrator, MigratorTrait, Order, Query, Steps};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::Value;
use uuid::Uuid;

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

/// Returns the names of all columns and indexes, sorted.
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

/// Migrates one new database five times concurrently.
async fn migrate_five_times<M: MigratorTrait>() -> Vec<Result<(), DbErr>> {
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
async fn concurrent_migrations_succeed() {
    for round in 0..20 {
        for outcome in migrate_five_times::<Migrator>().await {
            assert!(outcome.is_ok(), "round {round}: {outcome:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_migrations_fail_without_the_lock() {
    for _ in 0..20 {
        if migrate_five_times::<Steps>().await.iter().any(Result::is_err) {
            return;
        }
    }
    panic!("the race did not occur");
}

#[tokio::test]
async fn killed_migration_leaves_no_changes_and_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let clean = database(folder.path()).await;
    let db = connect(&clean).await;
    Migrator::up(&db, None).await.unwrap();
    let expected = schema(&db).await;
    for number in 1..=Steps::migrations().len() {
        let folder = tempfile::tempdir().unwrap();
        let database = database(folder.path()).await;
        let migrate = || {
            let mut command = faulty(folder.path());
            command.env("DATABASE_URL", &database.uri).args(["db", "migrate"]);
            command
        };
        let killed = migrate().env("CRASH_AT_MIGRATION", number.to_string()).status().unwrap();
        assert_eq!(killed.code(), None, "migration {number} did not abort");
        let db = connect(&database).await;
        assert_eq!(Migrator::get_applied_migrations_read_only(&db).await.unwrap().len(), 0, "migration {number}");
        assert!(migrate().status().unwrap().success(), "migration {number}");
        assert_eq!(schema(&db).await, expected, "migration {number}");
    }
}

#[tokio::test]
async fn migrations_can_be_reverted_and_applied_again() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path()).await;
    let db = connect(&database).await;
    Migrator::up(&db, None).await.unwrap();
    let expected = schema(&db).await;
    for _ in Steps::migrations() {
        Migrator::down(&db, Some(1)).await.unwrap();
    }
    assert_eq!(Migrator::get_applied_migrations_read_only(&db).await.unwrap().len(), 0);
    Migrator::up(&db, None).await.unwrap();
    assert_eq!(schema(&db).await, expected);
}

/// Inserts a row with a public ID and times.
async fn insert(db: &DatabaseConnection, table: &'static str, values: Vec<(&'static str, sea_orm::Value)>) {
    let now = DateTime::<Utc>::UNIX_EPOCH;
    let common = [("pid", Uuid::now_v7().into()), ("created_at", now.into()), ("updated_at", now.into())];
    let (columns, values): (Vec<_>, Vec<_>) = values.into_iter().chain(common).unzip();
    let values = values.into_iter().map(Expr::value);
    db.execute(Query::insert().into_table(table).columns(columns).values_panic(values)).await.unwrap();
}

#[tokio::test]
async fn migration_folds_the_titles_of_existing_documents() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path()).await;
    let db = connect(&database).await;
    let migrations = Steps::migrations();
    let earlier = migrations.iter().take_while(|step| step.name() != "m20261129_000010_documents_folded_title").count();
    Migrator::up(&db, Some(u32::try_from(earlier).unwrap())).await.unwrap();
    let user = vec![("name", "Ada".into()), ("email", "ada@example.org".into()), ("password_hash", "".into())];
    insert(&db, "users", user).await;
    // Inserts more documents than the migration updates in one batch.
    for number in 0..1001 {
        let title = format!("\u{dc}berblick {number}");
        insert(&db, "documents", vec![("user_id", 1.into()), ("title", title.into()), ("body", "".into())]).await;
    }
    Migrator::up(&db, None).await.unwrap();
    let titles = Query::select().column("folded_title").from("documents").order_by("id", Order::Asc).to_owned();
    let rows = db.query_all(&titles).await.unwrap();
    let titles: Vec<String> = rows.iter().map(|row| row.try_get("", "folded_title").unwrap()).collect();
    assert_eq!(titles, (0..1001).map(|number| format!("\u{fc}berblick {number}")).collect::<Vec<_>>());
}

fn get(server: &Server, path: &str) -> (String, Value) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let response = server.exchange(request.as_bytes());
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn server_does_not_migrate_and_returns_503_until_migrations_are_applied() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path()).await;
    let mut command = ballast(folder.path());
    let mut server =
        Server::start_and_wait_for(command.env("DATABASE_URL", &database.uri).envs(PRODUCTION), "migrations_pending");
    let advice = server.log.last().unwrap();
    assert!(advice.contains("db migrate"), "{advice}");
    server.wait_until_serving();
    let (head, health) = get(&server, "/api/v1/health");
    assert!(head.starts_with("HTTP/1.1 503"), "{head}");
    assert_eq!((&health["status"], &health["reason"]), (&"unavailable".into(), &"migrations_pending".into()));
    let (head, rejected) = get(&server, "/api/v1/auth/me");
    assert!(head.starts_with("HTTP/1.1 503") && head.contains("retry-after: "), "{head}");
    assert_eq!(rejected["error"]["code"], "service_unavailable");
    assert!(get(&server, "/api/v1/health/live").0.starts_with("HTTP/1.1 200"));
    let db = connect(&database).await;
    assert!(!schema(&db).await.iter().any(|line| line.contains("users")), "the server has migrated");
    Migrator::up(&db, None).await.unwrap();
    server.wait_for("migrations_done");
    assert!(get(&server, "/api/v1/health").0.starts_with("HTTP/1.1 200"));
    assert!(get(&server, "/api/v1/auth/me").0.starts_with("HTTP/1.1 401"));
}

#[tokio::test]
async fn server_returns_503_if_a_newer_version_migrated_the_database() {
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
        Server::start_and_wait_for(command.env("DATABASE_URL", &database.uri).envs(PRODUCTION), "migrations_unknown");
    server.wait_until_serving();
    let (head, health) = get(&server, "/api/v1/health");
    assert!(head.starts_with("HTTP/1.1 503"), "{head}");
    assert_eq!(health["reason"], "migrations_unknown");
    assert_eq!(schema(&db).await, before);
}

#[tokio::test]
async fn worker_process_exits_if_migrations_are_pending() {
    let folder = tempfile::tempdir().unwrap();
    let database = database(folder.path()).await;
    let mut command = ballast(folder.path());
    command.env("DATABASE_URL", &database.uri).envs(PRODUCTION);
    let output = command.args(["start", "--worker"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("db migrate"));
}
