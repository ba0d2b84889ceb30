//! Baseline servers: minimal axum servers with the same routes and database as Ballast. The server `bare` has no
//! middleware. The server `logged` also sets a request ID, and writes a JSON access log.

#![expect(clippy::disallowed_types, reason = "axum's own `Json`, as in a minimal server")]

mod access_log;
mod database;
mod routes;

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;

use super::support::server::Outcome;

/// Argument that makes this bench run as a baseline server. The next arguments are the path of the database and, for the
/// server `logged`, the path of the log.
pub const ARGUMENT: &str = "--baseline";

/// Baseline server as a child process. Dropping the value kills the process.
pub struct Baseline {
    child: Child,
    pub address: SocketAddr,
}

impl Baseline {
    /// Starts a server, and reads the server's address from the output of the process. With `log`, the server is
    /// `logged`, otherwise `bare`.
    pub fn start(database: &Path, log: Option<&Path>) -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(ARGUMENT)
            .arg(database)
            .args(log)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.trim().parse().inspect_err(|_| drop(child.kill()))?;
        Ok(Self { child, address })
    }

    /// Returns the process ID of the server.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Baseline {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves requests until the parent process ends.
#[tokio::main]
pub async fn serve(database: &str, log: Option<&str>) -> Outcome<()> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        #[expect(clippy::disallowed_methods, reason = "no log must be flushed")]
        std::process::exit(0);
    });
    let mut routes = routes::router(database).await?;
    if let Some(log) = log {
        let log = Arc::new(access_log::Log::open(log)?);
        routes = routes.layer(from_fn_with_state(log, access_log::write));
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, service).await?)
}
