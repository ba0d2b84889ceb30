//! Runs the program as a child process with high rate limits. The log is written to a file.

use std::{
    error::Error,
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::pause;

/// Result of a bench step. An error means that the bench itself failed.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Signing key of access tokens in benches, in base64.
pub const SECRET: &str = "YmFsbGFzdC1iZW5jaC1vbmx5LW5vdC1hLXNlY3JldC0wMDAwMDAwMQ==";
/// Issuer of the access tokens.
pub const ISSUER: &str = "http://localhost:5150";

/// Maximum duration of the start of the program. Also the maximum duration of its shutdown.
const PROCESS_TIMEOUT: Duration = Duration::from_secs(30);

/// Running program. Dropping the value kills the process.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// Time from the start to the first accepted connection.
    pub started_in: Duration,
}

/// Returns the path of the program. Benches also measure the size of this file.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_ballast-cli"))
}

/// Returns the path of the database file in `folder`.
pub fn database_file(folder: &Path) -> PathBuf {
    folder.join("bench.sqlite")
}

/// Returns the URL of the database in `folder`.
pub fn database(folder: &Path) -> String {
    format!("sqlite://{}?mode=rwc", database_file(folder).display())
}

impl Server {
    /// Starts the program and waits until it accepts connections.
    pub fn start(folder: &Path) -> Outcome<Self> {
        Self::start_with(folder, &[])
    }

    /// Starts the program with additional environment variables.
    pub fn start_with(folder: &Path, variables: &[(&str, &str)]) -> Outcome<Self> {
        let address = free_address()?;
        let log = File::options().create(true).append(true).open(folder.join("log.jsonl"))?;
        let start = Instant::now();
        let child = command(folder, address)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stderr(log.try_clone()?)
            .stdout(log)
            .spawn()?;
        let mut server = Self { child, address, started_in: Duration::ZERO };
        server.wait_until_listening(start)?;
        server.started_in = start.elapsed();
        Ok(server)
    }

    fn wait_until_listening(&mut self, start: Instant) -> Outcome<()> {
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the program terminated during its start: {status}").into());
            }
            if start.elapsed() > PROCESS_TIMEOUT {
                return Err("the program does not listen".into());
            }
            pause(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Returns the process ID.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Stops the program, and returns the duration of the shutdown.
    pub fn stop(mut self) -> Outcome<Duration> {
        let start = Instant::now();
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        while self.child.try_wait()?.is_none() {
            if start.elapsed() > PROCESS_TIMEOUT {
                return Err("the program does not terminate".into());
            }
            pause(Duration::from_millis(1));
        }
        Ok(start.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &Path, address: SocketAddr) -> Command {
    let mut command = Command::new(program());
    command.arg("start").env_clear();
    command.env("BINDING", address.ip().to_string()).env("PORT", address.port().to_string());
    // Enables metrics, because production enables metrics.
    command.env("METRICS_BINDING", "127.0.0.1:0");
    command
        .env("DATABASE_URL", database(folder))
        .env("STORAGE_URL", format!("file:{}", folder.join("storage").display()));
    command.env("LOG_FORMAT", "json").env("JWT_SECRET", SECRET).env("HOST", ISSUER);
    command.env("TRUSTED_PROXIES", "127.0.0.0/8");
    // Sets high rate limits instead of disabling rate limits, so that the bench also measures the cost of the limits.
    for policy in ["LOGIN", "LOGIN_ACCOUNT", "REGISTER", "RECOVERY", "RECOVERY_ACCOUNT", "TYPESET", "USER", "WRITES"] {
        command.env(format!("RATE_LIMIT_{policy}_REQUESTS"), "100000");
        command.env(format!("RATE_LIMIT_{policy}_WINDOW_SECONDS"), "1");
    }
    command
}

/// Returns a local address without a listener.
pub fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
