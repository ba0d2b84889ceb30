//! Tests of e-mails: content, delivery, quota and tokens.

mod delivery;
mod enqueue;
mod processes;
mod quota;
mod retries;
mod templates;
mod tokens;

use ballast::models::{mails, users};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::json;

use crate::support::{PASSWORD, TestApp, TestResponse};

async fn post(app: &TestApp, endpoint: &str, email: &str) -> TestResponse {
    app.post(&format!("/api/v1/auth/{endpoint}")).json(&json!({ "email": email })).send().await
}

async fn register(app: &TestApp, name: &str, email: &str) -> TestResponse {
    let new = json!({ "name": name, "email": email, "password": PASSWORD });
    app.post("/api/v1/auth/register").json(&new).send().await
}

/// Registers the user Ada, and returns the row of the user.
async fn register_ada(app: &TestApp) -> users::Model {
    assert_eq!(register(app, "Ada Lovelace", "ada@example.org").await.status, 201);
    users::Entity::find().filter(users::Column::Email.eq("ada@example.org")).one(&app.db).await.unwrap().unwrap()
}

/// Changes the name of an account in the database, without the checks of the API.
async fn rename(app: &TestApp, user: users::Model, name: &str) {
    let mut row = user.into_active_model();
    row.name = Set(name.to_owned());
    row.update(&app.ctx.db).await.unwrap();
}

/// Returns the newest row of the table `mails`, with any status.
async fn last_mail_row(app: &TestApp) -> mails::Model {
    mails::Entity::find().order_by_desc(mails::Column::Id).one(&app.db).await.unwrap().unwrap()
}

/// Returns the time `second` seconds after a fixed start time.
fn second(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(2_000_000_000 + second, 0).unwrap()
}
