//! Shows whether the clock tells an address that has an account from one that has none.
//!
//! `cargo bench --bench enumeration -- [--pairs 300] [--pause 20]`; `--pause` is what lies between two
//! requests, in milliseconds. What the server does not serve is left out.

#![expect(clippy::print_stdout, reason = "the report of a bench")]
#![expect(dead_code, reason = "of what benches share, each uses a part")]

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

/// Addresses that have an account: a real one is asked for more than once, too.
const KNOWN: u64 = 16;

fn main() -> Outcome<()> {
    let pairs = argument("--pairs", 300);
    let rest = Duration::from_millis(argument("--pause", 20));
    let folder = tempfile::tempdir()?;
    println!("{pairs} pairs of each; load before: {}", usage::load());
    let server = Server::start(folder.path())?;
    let mut client = Client::new(server.address);
    (0..KNOWN).try_for_each(|number| account::register(&mut client, &known(number)))?;
    report::head();
    for flow in &FLOWS {
        match measure(&mut client, flow, pairs, rest)? {
            Some(sample) => report::line(flow.name, &sample),
            None => println!("{:<10}not served", flow.name),
        }
    }
    report::bars(pairs);
    println!("load after: {}", usage::load());
    server.stop().map(|_| ())
}

fn known(number: u64) -> String {
    format!("known-{:06}@example.org", number % KNOWN)
}

/// Asks for a known and an unknown address in turns; which comes first changes, too.
fn measure(client: &mut Client, flow: &Flow, pairs: u64, rest: Duration) -> Outcome<Option<Sample>> {
    let mut sample = Sample::default();
    // The first requests of a kind find everything cold: they count for neither side.
    for number in 0..pairs + 5 {
        let unknown = format!("{}-{number:06}@example.org", flow.mark);
        let mut sides = [(true, known(number)), (false, unknown)];
        sides.rotate_left(usize::from(number % 2 == 0));
        for (side, (is_known, email)) in (0..).zip(sides) {
            pause(rest);
            let (status, took) = ask(client, flow, &email, number * 2 + side)?;
            if status == 404 {
                return Ok(None);
            }
            if status != flow.status {
                return Err(format!("{} answers {status}", flow.name).into());
            }
            if number >= 5 {
                sample.add(is_known, took);
            }
        }
    }
    Ok(Some(sample))
}

/// Each from an address of its own, so that no limit is met.
fn ask(client: &mut Client, flow: &Flow, email: &str, number: u64) -> Outcome<(u16, Duration)> {
    let address = format!("X-Forwarded-For: 198.18.{}.{}\r\n", number / 256 % 256, number % 256);
    let request = post(flow.path, &address, &(flow.body)(email));
    let begun = Instant::now();
    let answer = client.send(&request)?;
    Ok((answer.status, begun.elapsed()))
}
