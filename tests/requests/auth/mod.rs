//! Accounts: opening one, signing in, staying so, signing out.

mod events;
mod fields;
mod forged;
mod forgot;
mod guessing;
mod login;
mod logout;
mod me;
mod password;
mod passwords;
mod refresh;
mod register;
mod removal;
mod resend;
mod reset;
mod rotation;
mod same_work;
mod sessions;
mod verify;

use ballast::models::{_entities::refresh_tokens, users};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

use super::faults;
use crate::support::{Answer, PASSWORD, TestApp, app::SignedIn};

/// Spellings of one address.
const SPELLINGS: [&str; 5] =
    ["ada@example.org", "ADA@EXAMPLE.ORG", "Ada@Example.org", " ada@example.org ", "aDA@eXAMPLE.oRG\n"];

async fn register(app: &TestApp, new: &Value) -> Answer {
    app.post("/api/v1/auth/register").json(new).send().await
}

async fn login(app: &TestApp, email: &str, password: &str) -> Answer {
    app.post("/api/v1/auth/login").json(&json!({ "email": email, "password": password })).send().await
}

async fn refresh(app: &TestApp, token: &str) -> Answer {
    app.post("/api/v1/auth/refresh").json(&json!({ "refresh_token": token })).send().await
}

/// Lets the grace end in which a used token gets its successor again.
async fn outlive_the_grace(app: &TestApp) {
    let before = ballast::clock::now() - chrono::Duration::seconds(ballast::models::sessions::GRACE_SECONDS);
    let past = Expr::value(before);
    let used = refresh_tokens::Entity::update_many().filter(refresh_tokens::Column::UsedAt.is_not_null());
    used.col_expr(refresh_tokens::Column::UsedAt, past).exec(&app.ctx.db).await.unwrap();
}

/// One of the endpoints below `/auth` that anybody may ask.
async fn ask(app: &TestApp, endpoint: &str, body: &Value) -> Answer {
    app.post(&format!("/api/v1/auth/{endpoint}")).json(body).send().await
}

/// Opens an account with the usual password and gives its row.
async fn open(app: &TestApp, name: &str) -> users::Model {
    let email = format!("{name}@example.org");
    let new = json!({ "name": name, "email": email, "password": PASSWORD });
    assert_eq!(register(app, &new).await.status, 201);
    row(app, &email).await
}

/// The row of an account.
async fn row(app: &TestApp, email: &str) -> users::Model {
    users::Entity::find().filter(users::Column::Email.eq(email)).one(&app.db).await.unwrap().unwrap()
}

/// Everything that a client sees but the id of its request.
fn everything(answer: &Answer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (answer.status.as_u16(), headers, answer.bytes.to_vec())
}

async fn logout(app: &TestApp, who: &SignedIn) -> Answer {
    app.post("/api/v1/auth/logout").bearer(who).send().await
}

async fn me(app: &TestApp, access: &str) -> Answer {
    app.get("/api/v1/auth/me").header("authorization", &format!("Bearer {access}")).send().await
}

/// A failure's body without the one thing that differs between two of them.
fn error_without_id(answer: &Answer) -> Value {
    answer.error_code();
    let mut body = answer.json();
    body["error"].as_object_mut().unwrap().remove("request_id");
    body
}
