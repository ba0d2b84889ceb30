//! Runs the load generator `wrk` and parses its output.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use super::support::server::Outcome;

const CONNECTIONS: &str = "-c64";
const THREADS: &str = "-t2";

/// Results of one `wrk` run.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub requests: f64,
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
}

/// Checks that `wrk` is installed.
pub fn find() -> Outcome<()> {
    let found = Command::new("wrk").arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.map(|_| ()).map_err(|error| format!("wrk cannot be run ({error}): apt-get install wrk").into())
}

/// Sends requests with `header` to a URL for `seconds` seconds. Returns an error if any request fails.
pub fn run(url: &str, header: &str, seconds: u64) -> Outcome<Run> {
    let duration = format!("-d{seconds}s");
    let output =
        Command::new("wrk").args([CONNECTIONS, THREADS, &duration, "--latency", "-H", header, url]).output()?;
    let text = String::from_utf8(output.stdout)?;
    if !output.status.success() || text.contains("Non-2xx") || text.contains("Socket errors") {
        return Err(format!("some requests of {url} failed:\n{text}").into());
    }
    parse(&text).ok_or_else(|| format!("the output of wrk cannot be parsed:\n{text}").into())
}

fn parse(text: &str) -> Option<Run> {
    let after = |name: &str| text.lines().find_map(|line| line.trim().strip_prefix(name)).map(str::trim);
    let total = text.lines().find_map(|line| line.trim().split_once(" requests in "))?.0;
    Some(Run {
        requests: total.parse().ok()?,
        per_second: after("Requests/sec:")?.parse().ok()?,
        p50: time(after("50%")?)?,
        p99: time(after("99%")?)?,
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
