//! Headless Chromium, controlled through `chromedriver` with the W3C protocol `WebDriver`.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    Typesetter, samples,
    support::{
        http::{Client, post},
        pause,
        server::{Outcome, free_address},
    },
};

/// Maximum time for the start of `chromedriver`.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// Browser with one session. Dropping the value ends the session and the process.
pub struct Chromium {
    driver: Child,
    client: Client,
    session: String,
    page: PathBuf,
}

impl Chromium {
    pub fn start(folder: &Path) -> Outcome<Self> {
        let address = free_address()?;
        let port = format!("--port={}", address.port());
        let driver = Command::new("chromedriver").arg(port).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let page = folder.join("chromium.html");
        let mut started = Self { driver, client: Client::new(address), session: String::new(), page };
        wait_until_listening(address)?;
        let options = json!({ "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
        let body = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": options } } });
        let session = started.send("/session", &body)?;
        let id = session["sessionId"].as_str().ok_or("chromedriver has opened no session")?;
        started.session = format!("/session/{id}");
        Ok(started)
    }

    fn send(&mut self, path: &str, body: &Value) -> Outcome<Value> {
        let response = self.client.send(&post(path, "", &body.to_string()))?;
        let mut received: Value = serde_json::from_slice(&response.body)?;
        if response.status != 200 {
            return Err(format!("{path} returned status {}: {received}", response.status).into());
        }
        Ok(received["value"].take())
    }
}

fn wait_until_listening(address: SocketAddr) -> Outcome<()> {
    let start = Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        if start.elapsed() > START_TIMEOUT {
            return Err("chromedriver did not accept connections within 10 s".into());
        }
        pause(Duration::from_millis(10));
    }
    Ok(())
}

impl Typesetter for Chromium {
    fn name(&self) -> &'static str {
        "Chromium"
    }

    fn typeset(&mut self, markdown: &str) -> Outcome<()> {
        fs::write(&self.page, samples::html(markdown))?;
        let session = self.session.clone();
        self.send(&format!("{session}/url"), &json!({ "url": format!("file://{}", self.page.display()) }))?;
        let printed = self.send(&format!("{session}/print"), &json!({ "background": true }))?;
        if printed.as_str().is_some_and(|pdf| !pdf.is_empty()) { Ok(()) } else { Err("the PDF is empty".into()) }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let end = format!("DELETE {} HTTP/1.1\r\nHost: localhost\r\n\r\n", self.session);
        let _ = self.client.send(end.as_bytes());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
