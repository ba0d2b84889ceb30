//! Tests of the audit log: append-only rows, anonymization and export.

use ballast::{
    app::App,
    clock,
    models::{
        security_events::{ActiveModel, Column, Entity, Model},
        users,
    },
};
use chrono::{DateTime, Duration, Utc};
use loco_rs::{
    app::Hooks,
    task::{Tasks, Vars},
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait, QueryOrder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;

async fn rows(app: &TestApp) -> Vec<Model> {
    Entity::find().order_by_asc(Column::Id).all(&app.db).await.unwrap()
}

fn event(created_at: DateTime<Utc>) -> ActiveModel {
    ActiveModel {
        pid: Set(Uuid::now_v7()),
        kind: Set("signed_in".to_owned()),
        address: Set("203.0.113.7".to_owned()),
        user_agent: Set(String::new()),
        created_at: Set(created_at.into()),
        ..Default::default()
    }
}

#[tokio::test]
async fn security_event_can_be_neither_changed_nor_deleted() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    let before = rows(&app).await;
    assert_eq!(before.len(), 2);
    let mut statements = vec![
        "UPDATE security_events SET kind = 'signed_out'",
        "UPDATE security_events SET address = ''",
        "UPDATE security_events SET user_agent = 'another', user_id = NULL",
        "UPDATE security_events SET created_at = '2020-01-01T00:00:00+00:00', user_id = NULL",
        "UPDATE security_events SET request_id = NULL, user_id = NULL",
        "UPDATE security_events SET id = id + 1000, user_id = NULL",
        "DELETE FROM security_events",
        "DELETE FROM security_events WHERE kind = 'signed_in'",
    ];
    statements.push(match app.ctx.db.get_database_backend() {
        DbBackend::Postgres => "TRUNCATE security_events",
        _ => {
            "REPLACE INTO security_events (id, pid, kind, address, user_agent, created_at) \
              SELECT id, pid, 'none', '', '', created_at FROM security_events"
        }
    });
    for statement in statements {
        let rejected = app.ctx.db.execute_unprepared(statement).await.unwrap_err().to_string();
        assert!(rejected.contains("append-only"), "{statement}: {rejected}");
        assert_eq!(rows(&app).await, before, "{statement}");
    }
}

#[tokio::test]
async fn security_events_are_anonymized_if_the_account_is_deleted() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    let eve = app.sign_in("eve").await;
    let before = rows(&app).await;
    let oldest = users::Entity::find().order_by_asc(users::Column::Id);
    let ada = oldest.one(&app.db).await.unwrap().unwrap();
    users::Entity::delete_by_id(ada.id).exec(&app.ctx.db).await.unwrap();
    let after = rows(&app).await;
    assert_eq!(after.len(), before.len());
    for (before, after) in before.iter().zip(&after) {
        if before.user_id == Some(ada.id) {
            let anonymous =
                Model { user_id: None, address: String::new(), user_agent: String::new(), ..before.clone() };
            assert_eq!(after, &anonymous);
            assert_ne!(before.address, "");
        } else {
            assert_eq!(after, before, "an event of another user");
        }
    }
    assert_eq!(app.get("/api/v1/auth/events").bearer(&eve).send().await.json()["total_items"], 2);
}

#[tokio::test]
async fn security_event_can_be_deleted_after_its_retention_period() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    let ada = users::Entity::find().one(&app.db).await.unwrap().unwrap().id;
    for (user_id, kept, expired) in [(Some(ada), 364, 366), (None, 29, 31)] {
        for days in [kept, expired] {
            let row = ActiveModel { user_id: Set(user_id), ..event(clock::now() - Duration::days(days)) };
            Entity::insert(row).exec(&app.ctx.db).await.unwrap();
        }
        let all = rows(&app).await;
        let [.., young, old] = all.as_slice() else { panic!("{all:?}") };
        assert!(Entity::delete_by_id(young.id).exec(&app.ctx.db).await.is_err(), "{user_id:?}");
        Entity::delete_by_id(old.id).exec(&app.ctx.db).await.unwrap();
    }
}

#[tokio::test]
async fn rejected_login_is_recorded_for_known_and_unknown_accounts() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    for email in ["ada@example.org", "unknown@example.org"] {
        let attempt = json!({ "email": email, "password": "wrong wrong wrong" });
        assert_eq!(app.post("/api/v1/auth/login").json(&attempt).from("203.0.113.7").send().await.status, 401);
    }
    let rows = rows(&app).await;
    let [.., known, unknown] = rows.as_slice() else { panic!("{rows:?}") };
    assert!(known.user_id.is_some() && unknown.user_id.is_none());
    for row in [known, unknown] {
        assert_eq!((row.kind.as_str(), row.address.as_str()), ("sign_in_refused", "203.0.113.7"));
    }
    assert!(!format!("{rows:?}").contains("unknown@"), "unknown e-mail addresses must not be stored");
}

/// Runs the export task. Returns the exported lines.
async fn export(app: &TestApp, arguments: &[(&str, &str)]) -> Vec<Value> {
    let path = app.folder.path().join(Uuid::now_v7().to_string());
    let file = ("file", path.to_str().unwrap());
    run(app, &[arguments, &[file]].concat()).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn run(app: &TestApp, arguments: &[(&str, &str)]) -> loco_rs::Result<()> {
    let mut tasks = Tasks::default();
    App::register_tasks(&mut tasks);
    let variables = arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    tasks.run(&app.ctx, "export_security_events", &Vars::from_cli_args(variables)).await
}

#[tokio::test]
async fn export_contains_every_event_once_with_its_user() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let lines = export(&app, &[]).await;
    let (id, request_id, time) =
        (crate::support::redactions::id(), crate::support::redactions::id(), crate::support::redactions::time());
    insta::assert_json_snapshot!(lines[0], {
        ".id" => id, ".request_id" => request_id, ".created_at" => time, ".user_id" => "[user]",
    }, @r#"
    {
      "address": "127.0.0.1",
      "created_at": "[time]",
      "id": "[id]",
      "kind": "registered",
      "request_id": "[id]",
      "user_agent": "",
      "user_id": "[user]"
    }
    "#);
    assert!(lines.iter().all(|line| line["user_id"] == user.user["id"]));
    let events: Vec<ActiveModel> = (0..1200).map(|_| event(clock::now())).collect();
    Entity::insert_many(events).exec(&app.ctx.db).await.unwrap();
    let exported: Vec<Uuid> =
        export(&app, &[]).await.iter().map(|line| serde_json::from_value(line["id"].clone()).unwrap()).collect();
    assert_eq!(exported, rows(&app).await.iter().map(|row| row.pid).collect::<Vec<_>>());
}

#[tokio::test]
async fn export_is_limited_to_the_requested_period() {
    let app = TestApp::start().await;
    for time in ["2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z", "2026-02-28T12:00:00Z", "2026-03-01T00:00:00Z"] {
        Entity::insert(event(time.parse().unwrap())).exec(&app.ctx.db).await.unwrap();
    }
    let times = async |arguments: &[(&str, &str)]| {
        let lines = export(&app, arguments).await;
        lines.iter().map(|line| line["created_at"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let february = ["2026-02-01T00:00:00Z", "2026-02-28T12:00:00Z"];
    assert_eq!(times(&[("from", "2026-02-01"), ("to", "2026-03-01")]).await, february);
    assert_eq!(times(&[("from", "2026-02-01T01:00:00+01:00"), ("to", "2026-03-01")]).await, february);
    assert_eq!(times(&[("to", "2026-02-01")]).await, ["2026-01-31T23:59:59Z"]);
}

#[tokio::test]
async fn export_fails_with_invalid_arguments_and_existing_files() {
    let app = TestApp::start().await;
    let existing = app.folder.path().join("existing");
    std::fs::write(&existing, "kept").unwrap();
    let rejected = async |name: &str, value: &str| run(&app, &[(name, value)]).await.unwrap_err().to_string();
    assert!(rejected("from", "yesterday").await.starts_with("from: must be as in"));
    assert!(rejected("to", "2026-13-01").await.starts_with("to: must be as in"));
    assert!(rejected("file", existing.to_str().unwrap()).await.starts_with("file: "));
    assert_eq!(std::fs::read_to_string(&existing).unwrap(), "kept");
}
