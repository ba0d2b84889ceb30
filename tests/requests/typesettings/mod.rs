//! Documents on their way to PDF, and the PDFs.

mod attempts;
mod create;
mod kept;
mod leases;
mod pdf;
mod pictures;
mod show;

use ballast::models::{documents, typesettings, users};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Value;
use uuid::Uuid;

use super::documents::path;
use crate::support::{Answer, TestApp, app::SignedIn};

/// Orders a PDF and gives how the order stands afterwards: jobs run inside the request that orders them.
pub async fn typeset(app: &TestApp, who: &SignedIn, document: &Value) -> Value {
    let ordered = order(app, who, document).await;
    assert_eq!(ordered.status, 202, "{}", ordered.text());
    shown(app, who, document, &ordered.json()).await
}

async fn order(app: &TestApp, who: &SignedIn, document: &Value) -> Answer {
    app.post(&format!("{}/typesettings", path(document))).bearer(who).send().await
}

async fn shown(app: &TestApp, who: &SignedIn, document: &Value, order: &Value) -> Value {
    let answer =
        app.get(&format!("{}/typesettings/{}", path(document), order["id"].as_str().unwrap())).bearer(who).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, Some("no-store")));
    answer.json()
}

async fn pdf(app: &TestApp, who: &SignedIn, document: &Value) -> Answer {
    app.get(&format!("{}/pdf", path(document))).bearer(who).send().await
}

/// A second of the test's own time.
fn second(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(2_000_000_000 + second, 0).unwrap()
}

/// An order of which no job knows.
async fn silent_order(app: &TestApp, who: &SignedIn, document: &Value, now: DateTime<Utc>) -> typesettings::Model {
    let id = |value: &Value| value["id"].as_str().unwrap().parse::<Uuid>().unwrap();
    let user = users::Entity::find().filter(users::Column::Pid.eq(id(&who.user))).one(&app.db).await.unwrap().unwrap();
    let document = documents::Model::find_for(&app.db, &user, id(document)).await.unwrap();
    typesettings::Model::order(&app.db, document.id, Uuid::now_v7(), now).await.unwrap()
}
