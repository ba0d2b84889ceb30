//! Ballast: typesets a document through the API.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    Typesetter,
    support::{
        account,
        http::{Client, get, post},
        server::{Outcome, Server},
    },
};

/// Running server with an account.
pub struct Service {
    server: Server,
    client: Client,
    bearer: String,
}

impl Service {
    /// Starts the server, and signs in.
    pub fn start(folder: &Path) -> Outcome<Self> {
        let server = Server::start(folder)?;
        let bearer = format!("{}\r\n", account::sign_in(server.address, "ada@example.org")?);
        Ok(Self { client: Client::new(server.address), server, bearer })
    }

    /// Returns the process ID of the server.
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }

    fn post(&mut self, path: &str, body: &Value) -> Outcome<Value> {
        let response = self.client.send(&post(path, &self.bearer, &body.to_string()))?;
        if response.status >= 300 {
            return Err(format!("{path} returned status {}", response.status).into());
        }
        Ok(serde_json::from_slice(&response.body)?)
    }
}

impl Typesetter for Service {
    fn name(&self) -> &'static str {
        "Ballast"
    }

    fn typeset(&mut self, markdown: &str) -> Outcome<()> {
        let document = self.post("/api/v1/documents", &json!({ "title": "Field notes", "body": markdown }))?;
        let id = document["id"].as_str().ok_or("the document has no ID")?;
        let typesettings = format!("/api/v1/documents/{id}/typesettings");
        let typesetting = self.post(&typesettings, &json!({}))?;
        let id = typesetting["id"].as_str().ok_or("the typesetting has no ID")?;
        loop {
            let headers = format!("{}Prefer: wait=20\r\n", self.bearer);
            let response = self.client.send(&get(&format!("{typesettings}/{id}"), &headers))?;
            let shown: Value = serde_json::from_slice(&response.body)?;
            match shown["status"].as_str() {
                Some("done") => return Ok(()),
                Some("queued" | "running") => {}
                status => return Err(format!("the typesetting has the status {status:?}").into()),
            }
        }
    }
}
