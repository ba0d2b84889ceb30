//! Measures how much the memory of a server grows during requests from a million addresses.
//!
//! Also checks whether a rejected address stays rejected.
//!
//! Usage: `cargo bench --bench flood -- [--addresses 1000000] [--window 900]`.
//! With `cargo bench --profile dev`, the results are the same, because the bench measures no times.

#![expect(clippy::print_stdout, reason = "the report of a bench")]
#![expect(dead_code, reason = "each bench uses only some support functions")]

#[path = "../support/mod.rs"]
mod support;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::Duration,
};

use support::{
    numbers::{argument, verdict},
    pause,
    server::{Outcome, Server},
    usage,
};

/// Number of requests that are sent before their responses are read.
const BATCH: u32 = 100;
const CLIENTS: u32 = 4;
/// Time from the end of the window until the server has evicted all expired keys.
const EVICTION_TIME: Duration = Duration::from_secs(15);
/// Maximum increase of memory, in MiB.
const MAX_GROWTH: u64 = 64;

fn main() -> Outcome<()> {
    let addresses = u32::try_from(argument("--addresses", 1_000_000))?;
    let folder = tempfile::tempdir()?;
    // Window in seconds. The window must be longer than the flood, so that no key expires before the last request.
    let seconds = argument("--window", 900);
    let window = seconds.to_string();
    let limits = [
        ("RATE_LIMIT_MAX_KEYS", "1100000"),
        ("RATE_LIMIT_LOGIN_REQUESTS", "5"),
        ("RATE_LIMIT_LOGIN_WINDOW_SECONDS", window.as_str()),
        ("LOG_LEVEL", "error"),
    ];
    let server = Server::start_with(folder.path(), &limits)?;
    // Warms up the server, so that the bench measures only the memory of the keys.
    flood(server.address, 0xc000_0000, 2000)?;
    let limited = || send(server.address, "198.51.100.1", 6);
    println!("statuses of one address: {:?}", limited()?);
    let before = usage::usage(server.pid())?;
    flood(server.address, 0x0a00_0000, addresses)?;
    let after = usage::usage(server.pid())?;
    let still = limited()?;
    let rise = after.resident.saturating_sub(before.resident);
    println!(
        "{addresses} addresses: {} MiB, then {} MiB: {rise} more, {}",
        before.resident,
        after.resident,
        verdict(rise <= MAX_GROWTH)
    );
    println!("statuses of the address at its limit: {still:?}: {}", verdict(still.iter().all(|status| *status == 429)));
    let quiet = Duration::from_secs(seconds) + EVICTION_TIME;
    pause(quiet);
    println!("{} s later: {} MiB", quiet.as_secs(), usage::usage(server.pid())?.resident);
    server.stop().map(|_| ())
}

/// Sends one request from each of `addresses` consecutive client addresses, starting with the address `first`.
fn flood(server: SocketAddr, first: u32, addresses: u32) -> Outcome<()> {
    let share = addresses / CLIENTS;
    let client = |number: u32| {
        let own = (0..share).map(|at| std::net::Ipv4Addr::from(first + number * share + at).to_string());
        let own: Vec<String> = own.collect();
        let mut stream = TcpStream::connect(server)?;
        own.chunks(BATCH as usize).try_for_each(|batch| exchange(&mut stream, batch).map(|_| ()))
    };
    let client = &client;
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|number| scope.spawn(move || client(number))).collect();
        clients.into_iter().try_for_each(|client| client.join().map_err(|_| "a client panicked")?)
    })
}

fn send(server: SocketAddr, address: &str, times: usize) -> Outcome<Vec<u16>> {
    exchange(&mut TcpStream::connect(server)?, &vec![address.to_owned(); times])
}

/// Sends a login request without a body from each address, and returns the statuses. The limiter counts a request
/// before validation rejects the request.
fn exchange(stream: &mut TcpStream, addresses: &[String]) -> Outcome<Vec<u16>> {
    let request = |address: &String| {
        format!(
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nX-Forwarded-For: {address}\r\n\r\n"
        )
    };
    stream.write_all(addresses.iter().map(request).collect::<String>().as_bytes())?;
    let (mut text, mut buffer) = (String::new(), vec![0; 64 * 1024]);
    loop {
        // Waits for two braces at the end of the text, because every response body ends with two braces.
        let statuses: Vec<_> =
            text.split("HTTP/1.1 ").skip(1).filter_map(|response| response.get(..3)?.parse().ok()).collect();
        if statuses.len() == addresses.len() && text.ends_with("}}") {
            return Ok(statuses);
        }
        match stream.read(&mut buffer)? {
            0 => return Err("the server closed the connection".into()),
            read => text.push_str(&String::from_utf8_lossy(&buffer[..read])),
        }
    }
}
