//! Runs the load generator `wrk` and parses its output.

use std::{
    fmt::Write as _,
    fs,
    net::SocketAddr,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use super::{
    scenarios::Scenario,
    support::{
        http::{Client, get, post},
        server::Outcome,
    },
};

/// Results of one `wrk` run.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub requests: f64,
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
}

/// Script for `wrk` that contains the method, the headers and the body of a request. Dropping the value deletes the
/// script.
pub struct Script {
    folder: tempfile::TempDir,
    /// Request as bytes, for the client that checks the status.
    request: Vec<u8>,
}

/// Checks that `wrk` is installed.
pub fn find() -> Outcome<()> {
    let found = Command::new("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.map(|_| ()).map_err(|error| format!("wrk cannot be run ({error}): apt-get install wrk").into())
}

impl Script {
    /// Writes the script. `bearer` is the header with the access token.
    pub fn write(scenario: &Scenario, bearer: &str) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let mut lines = String::new();
        if let Some((name, value)) = bearer.split_once(": ") {
            writeln!(lines, "wrk.headers[{name:?}] = {value:?}")?;
        }
        let headers = format!("{bearer}\r\n");
        let request = match &scenario.body {
            None => get(scenario.path, &headers),
            Some(body) => {
                writeln!(lines, "wrk.method = \"POST\"\nwrk.headers[\"Content-Type\"] = \"application/json\"")?;
                // Uses a long bracket, because JSON contains quotation marks.
                writeln!(lines, "wrk.body = [[{body}]]")?;
                post(scenario.path, &headers, body)
            }
        };
        let script = Self { folder, request };
        fs::write(script.path(), lines)?;
        Ok(script)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("request.lua")
    }

    /// Sends the request twice. Returns an error unless the second response has the status of the scenario.
    pub fn check(&self, server: SocketAddr, scenario: &Scenario) -> Outcome<()> {
        let mut client = Client::new(server);
        client.send(&self.request)?;
        let status = client.send(&self.request)?.status;
        if status == scenario.status { Ok(()) } else { Err(unexpected_status(status, scenario).into()) }
    }

    /// Sends requests for `seconds` seconds. Returns an error if a response is an error and the scenario expects a success,
    /// or if a response is a success and the scenario expects an error.
    pub fn run(&self, server: SocketAddr, scenario: &Scenario, seconds: u64) -> Outcome<Run> {
        let (connections, duration) = (format!("-c{}", scenario.connections), format!("-d{seconds}s"));
        let mut wrk = Command::new("wrk");
        wrk.args(["-t2", "--latency", &connections, &duration, "-s"]).arg(self.path());
        let output = wrk.arg(format!("http://{server}{}", scenario.path)).output()?;
        let text = String::from_utf8(output.stdout)?;
        let expected = if scenario.status < 400 { None } else { total(&text) };
        if !output.status.success() || text.contains("Socket errors") || errors(&text) != expected {
            return Err(format!("{} got unexpected responses:\n{text}", scenario.path).into());
        }
        parse(&text).ok_or_else(|| format!("the output of wrk cannot be parsed:\n{text}").into())
    }
}

fn unexpected_status(status: u16, scenario: &Scenario) -> String {
    format!("{} returned status {status}, expected {}", scenario.path, scenario.status)
}

fn after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.trim().strip_prefix(name)).map(str::trim)
}

/// Returns the number of responses.
fn total(text: &str) -> Option<&str> {
    Some(text.lines().find_map(|line| line.trim().split_once(" requests in "))?.0)
}

/// Returns the number of responses with status 400 or higher, or `None` if there are none.
fn errors(text: &str) -> Option<&str> {
    after(text, "Non-2xx or 3xx responses:")
}

fn parse(text: &str) -> Option<Run> {
    Some(Run {
        requests: total(text)?.parse().ok()?,
        per_second: after(text, "Requests/sec:")?.parse().ok()?,
        p50: time(after(text, "50%")?)?,
        p99: time(after(text, "99%")?)?,
    })
}

/// Parses a duration in the format of `wrk`, such as `812.00us`, `1.23ms` or `1.23s`.
fn time(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic())?);
    let seconds = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        _ => return None,
    };
    number.parse().ok().map(|number: f64| Duration::from_secs_f64(number * seconds))
}
