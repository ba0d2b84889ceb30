//! Health check of a container: exits with 0 if the service responds to its health check with 200.
//!
//! Usage: `healthcheck [HOST:PORT [PATH]]`. The defaults are `127.0.0.1:$PORT` and `/api/v1/health`.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    process::ExitCode,
    time::Duration,
};

/// Timeout of the connection attempt and of each read or write. The service responds to a health check within about one
/// second.
const DEADLINE: Duration = Duration::from_secs(2);
const PATH: &str = "/api/v1/health";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| format!("127.0.0.1:{}", port()));
    let path = arguments.next().unwrap_or_else(|| PATH.to_owned());
    match is_healthy(&address, &path) {
        Ok(true) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

#[expect(clippy::disallowed_methods, reason = "the service reads its port from the same variable")]
fn port() -> String {
    std::env::var("PORT").ok().filter(|port| !port.is_empty()).unwrap_or_else(|| "5150".to_owned())
}

fn is_healthy(address: &str, path: &str) -> io::Result<bool> {
    let address = address.to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
    let mut stream = TcpStream::connect_timeout(&address, DEADLINE)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.set_write_timeout(Some(DEADLINE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut status = [0; 12];
    stream.read_exact(&mut status)?;
    Ok(status.ends_with(b" 200"))
}
