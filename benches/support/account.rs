//! Opens accounts over the API and signs in.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::{
    http::{Client, post},
    server::Outcome,
};

const PASSWORD: &str = "correct horse battery staple";

/// Opens an account.
pub fn register(client: &mut Client, email: &str) -> Outcome<()> {
    let body = json!({ "name": "Ada Lovelace", "email": email, "password": PASSWORD }).to_string();
    let answer = client.send(&post("/api/v1/auth/register", "", &body))?;
    if answer.status == 201 { Ok(()) } else { Err(format!("register answers {}", answer.status).into()) }
}

/// Opens an account and gives the header of a request that is signed in as it.
pub fn sign_in(server: SocketAddr, email: &str) -> Outcome<String> {
    let mut client = Client::new(server);
    register(&mut client, email)?;
    let body = json!({ "email": email, "password": PASSWORD }).to_string();
    let answer = client.send(&post("/api/v1/auth/login", "", &body))?;
    let pair: Value = serde_json::from_slice(&answer.body)?;
    let token = pair["access_token"].as_str().ok_or("login gives no token")?;
    Ok(format!("Authorization: Bearer {token}"))
}
