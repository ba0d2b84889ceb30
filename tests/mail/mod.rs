//! Mail: what it says, when it leaves, and what it never tells.

mod caps;
mod delivery;
mod letters;
mod orders;
mod processes;
mod tokens;

use ballast::models::{mails, users};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::json;

use crate::support::{Answer, PASSWORD, TestApp};

async fn post(app: &TestApp, endpoint: &str, email: &str) -> Answer {
    app.post(&format!("/api/v1/auth/{endpoint}")).json(&json!({ "email": email })).send().await
}

async fn register(app: &TestApp, name: &str, email: &str) -> Answer {
    let new = json!({ "name": name, "email": email, "password": PASSWORD });
    app.post("/api/v1/auth/register").json(&new).send().await
}

/// An account, and its row.
async fn ada(app: &TestApp) -> users::Model {
    assert_eq!(register(app, "Ada Lovelace", "ada@example.org").await.status, 201);
    users::Entity::find().filter(users::Column::Email.eq("ada@example.org")).one(&app.db).await.unwrap().unwrap()
}

/// The account under another name, which no request may give it.
async fn call(app: &TestApp, user: users::Model, name: &str) {
    let mut row = user.into_active_model();
    row.name = Set(name.to_owned());
    row.update(&app.ctx.db).await.unwrap();
}

/// The order given last.
async fn last_order(app: &TestApp) -> mails::Model {
    mails::Entity::find().order_by_desc(mails::Column::Id).one(&app.db).await.unwrap().unwrap()
}

/// A second of the test's own time.
fn second(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(2_000_000_000 + second, 0).unwrap()
}
