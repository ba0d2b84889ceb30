//! Tests of typesettings (conversions of documents to PDF) and of the PDFs.

mod attempts;
mod create;
mod images;
mod kept;
mod leases;
mod pdf;
mod show;
mod turns;
mod wait;

use ballast::models::{documents, typesettings, users};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;
use uuid::Uuid;

use super::documents::path;
use crate::support::{TestApp, TestResponse, app::SignedIn};

/// Requests a PDF. Returns the typesetting, which is finished, because tests run a job in the request that enqueues it.
pub async fn typeset(app: &TestApp, user: &SignedIn, document: &Value) -> Value {
    let requested = request_typesetting(app, user, document).await;
    assert_eq!(requested.status, 202, "{}", requested.text());
    get_typesetting(app, user, document, &requested.json()).await
}

async fn request_typesetting(app: &TestApp, user: &SignedIn, document: &Value) -> TestResponse {
    app.post(&format!("{}/typesettings", path(document))).bearer(user).send().await
}

async fn get_typesetting(app: &TestApp, user: &SignedIn, document: &Value, typesetting: &Value) -> Value {
    let response = app
        .get(&format!("{}/typesettings/{}", path(document), typesetting["id"].as_str().unwrap()))
        .bearer(user)
        .send()
        .await;
    assert_eq!((response.status.as_u16(), response.header("cache-control")), (200, Some("no-store")));
    response.json()
}

async fn pdf(app: &TestApp, user: &SignedIn, document: &Value) -> TestResponse {
    app.get(&format!("{}/pdf", path(document))).bearer(user).send().await
}

/// Returns the time `second` seconds after a fixed start time.
fn second(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(2_000_000_000 + second, 0).unwrap()
}

/// Inserts a typesetting without enqueuing a job.
async fn insert_without_job(
    app: &TestApp,
    user: &SignedIn,
    document: &Value,
    now: DateTime<Utc>,
) -> typesettings::Model {
    let id = |value: &Value| value["id"].as_str().unwrap().parse::<Uuid>().unwrap();
    let owner =
        users::Entity::find().filter(users::Column::Pid.eq(id(&user.user))).one(&app.db).await.unwrap().unwrap();
    let document = documents::Model::find_for(&app.db, &owner, id(document)).await.unwrap();
    typesettings::Model::create(&app.db, document.id, Uuid::now_v7(), now).await.unwrap()
}
