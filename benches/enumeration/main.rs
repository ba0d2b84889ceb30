//! Measures whether response times reveal that an e-mail address has an account.
//!
//! Usage: `cargo bench --bench enumeration -- [--pairs 300] [--interval 20]`.
//! `--interval` is the time between two requests, in milliseconds. The bench skips flows that the server
//! does not serve.

#![expect(clippy::print_stdout, reason = "the report of a bench")]
#![expect(dead_code, reason = "each bench uses only some support functions")]

#[path = "../support/mod.rs"]
mod support;

mod flows;
mod report;

use std::time::{Duration, Instant};

use flows::{FLOWS, Flow};
use report::Sample;
use support::{
    account,
    http::{Client, post},
    numbers::argument,
    pause,
    server::{Outcome, Server},
    usage,
};

/// Number of existing accounts. The bench sends several requests for each account.
const ACCOUNTS: u64 = 16;

fn main() -> Outcome<()> {
    let pairs = argument("--pairs", 300);
    let interval = Duration::from_millis(argument("--interval", 20));
    let folder = tempfile::tempdir()?;
    println!("{pairs} pairs per flow; load before: {}", usage::load());
    let server = Server::start(folder.path())?;
    let mut client = Client::new(server.address);
    (0..ACCOUNTS).try_for_each(|number| account::register(&mut client, &account_email(number)))?;
    report::head();
    for flow in &FLOWS {
        match measure(&mut client, flow, pairs, interval)? {
            Some(sample) => report::line(flow.name, &sample),
            None => println!("{:<10}not served", flow.name),
        }
    }
    report::thresholds(pairs);
    println!("load after: {}", usage::load());
    server.stop().map(|_| ())
}

fn account_email(number: u64) -> String {
    format!("known-{:06}@example.org", number % ACCOUNTS)
}

/// Measures pairs of a known and an unknown e-mail address. The bench alternates which address of a pair is sent first.
/// Returns `None` if the server does not serve the flow.
fn measure(client: &mut Client, flow: &Flow, pairs: u64, interval: Duration) -> Outcome<Option<Sample>> {
    let mut sample = Sample::default();
    // Ignores the first five pairs, because they warm up the caches.
    for number in 0..pairs + 5 {
        let unknown = format!("{}-{number:06}@example.org", flow.prefix);
        let mut sides = [(true, account_email(number)), (false, unknown)];
        sides.rotate_left(usize::from(number % 2 == 0));
        for (side, (is_known, email)) in (0..).zip(sides) {
            pause(interval);
            let (status, took) = send(client, flow, &email, number * 2 + side)?;
            if status == 404 {
                return Ok(None);
            }
            if status != flow.status {
                return Err(format!("{} returned status {status}", flow.name).into());
            }
            if number >= 5 {
                sample.add(is_known, took);
            }
        }
    }
    Ok(Some(sample))
}

/// Sends a request, and returns the status and the response time. Each `number` has a different client address, so that
/// the bench reaches no rate limit.
fn send(client: &mut Client, flow: &Flow, email: &str, number: u64) -> Outcome<(u16, Duration)> {
    let address = format!("X-Forwarded-For: 198.18.{}.{}\r\n", number / 256 % 256, number % 256);
    let request = post(flow.path, &address, &(flow.body)(email));
    let start = Instant::now();
    let response = client.send(&request)?;
    Ok((response.status, start.elapsed()))
}
