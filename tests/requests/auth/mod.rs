//! Accounts: opening one, signing in, staying so, signing out.

mod fields;
mod forged;
mod login;
mod logout;
mod me;
mod refresh;
mod register;

use serde_json::{Value, json};

use super::faults;
use crate::support::{Answer, TestApp, app::SignedIn};

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
