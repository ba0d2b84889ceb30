//! Tests of registration, login, sessions and account management.

mod account_deletion;
mod brute_force;
mod device_tokens;
mod events;
mod fields;
mod forgot;
mod jwt_forgery;
mod login;
mod logout;
mod me;
mod password_change;
mod password_policy;
mod refresh;
mod refresh_rotation;
mod register;
mod resend;
mod reset;
mod sessions;
mod timing_equality;
mod token_purposes;
mod verify;

use std::time::Instant;

use ballast::models::{
    _entities::refresh_tokens,
    request_context::{Client, RequestContext},
    users,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

use super::field_errors;
use crate::support::{PASSWORD, TestApp, TestResponse, app::SignedIn};

/// Different spellings of one e-mail address.
const SPELLINGS: [&str; 5] =
    ["ada@example.org", "ADA@EXAMPLE.ORG", "Ada@Example.org", " ada@example.org ", "aDA@eXAMPLE.oRG\n"];

async fn register(app: &TestApp, new: &Value) -> TestResponse {
    app.post("/api/v1/auth/register").json(new).send().await
}

async fn login(app: &TestApp, email: &str, password: &str) -> TestResponse {
    app.post("/api/v1/auth/login").json(&json!({ "email": email, "password": password })).send().await
}

async fn refresh(app: &TestApp, token: &str) -> TestResponse {
    app.post("/api/v1/auth/refresh").json(&json!({ "refresh_token": token })).send().await
}

/// Returns the request context of a client without a device token.
fn request_context(client: &Client) -> RequestContext<'_> {
    let (request_id, now) = (uuid::Uuid::now_v7(), ballast::clock::now());
    RequestContext { client, device_token: None, request_id, now, instant: Instant::now() }
}

/// Ends the grace period of all used refresh tokens.
///
/// In the grace period, a request with a used refresh token gets the same next refresh token again.
async fn end_grace_period(app: &TestApp) {
    let before = ballast::clock::now() - chrono::Duration::seconds(ballast::models::sessions::GRACE_SECONDS);
    let past = Expr::value(before);
    let used = refresh_tokens::Entity::update_many().filter(refresh_tokens::Column::UsedAt.is_not_null());
    used.col_expr(refresh_tokens::Column::UsedAt, past).exec(&app.ctx.db).await.unwrap();
}

/// Sends a request to a public endpoint below `/auth`.
async fn post_auth(app: &TestApp, endpoint: &str, body: &Value) -> TestResponse {
    app.post(&format!("/api/v1/auth/{endpoint}")).json(body).send().await
}

/// Registers an account with the default password. Returns the row of the account.
async fn register_user(app: &TestApp, name: &str) -> users::Model {
    let email = format!("{name}@example.org");
    let new = json!({ "name": name, "email": email, "password": PASSWORD });
    assert_eq!(register(app, &new).await.status, 201);
    row(app, &email).await
}

/// Returns the row of the account with this e-mail address.
async fn row(app: &TestApp, email: &str) -> users::Model {
    users::Entity::find().filter(users::Column::Email.eq(email)).one(&app.db).await.unwrap().unwrap()
}

/// Returns the status, the headers and the body of a response, without the request ID.
fn comparable(response: &TestResponse) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let headers = response.headers.iter().filter(|(name, _)| *name != "x-request-id");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (response.status.as_u16(), headers, response.bytes.to_vec())
}

async fn logout(app: &TestApp, user: &SignedIn) -> TestResponse {
    app.post("/api/v1/auth/logout").bearer(user).send().await
}

async fn me(app: &TestApp, access: &str) -> TestResponse {
    app.get("/api/v1/auth/me").header("authorization", &format!("Bearer {access}")).send().await
}

/// Returns the body of an error response, without the request ID.
fn error_without_id(response: &TestResponse) -> Value {
    response.error_code();
    let mut body = response.json();
    body["error"].as_object_mut().unwrap().remove("request_id");
    body
}
