//! Accounts for benches: registration and login through the API.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::{
    http::{Client, post},
    server::Outcome,
};

/// Password of all accounts.
pub const PASSWORD: &str = "correct horse battery staple";

/// Registers an account with `email`.
pub fn register(client: &mut Client, email: &str) -> Outcome<()> {
    let body = json!({ "name": "Ada Lovelace", "email": email, "password": PASSWORD }).to_string();
    let response = client.send(&post("/api/v1/auth/register", "", &body))?;
    if response.status == 201 { Ok(()) } else { Err(format!("register returned status {}", response.status).into()) }
}

/// Registers an account, logs in, and returns the `Authorization` header.
pub fn sign_in(server: SocketAddr, email: &str) -> Outcome<String> {
    let mut client = Client::new(server);
    register(&mut client, email)?;
    let body = json!({ "email": email, "password": PASSWORD }).to_string();
    let response = client.send(&post("/api/v1/auth/login", "", &body))?;
    let tokens: Value = serde_json::from_slice(&response.body)?;
    let token = tokens["access_token"].as_str().ok_or("login returned no token")?;
    Ok(format!("Authorization: Bearer {token}"))
}
