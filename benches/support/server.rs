//! Runs the release build of the program as a child, with room in its limits and its log in a file.

use std::{
    error::Error,
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::pause;

/// What went wrong with the bench itself.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Signs access tokens here; base64, and of no worth anywhere else.
pub const SECRET: &str = "YmFsbGFzdC1iZW5jaC1vbmx5LW5vdC1hLXNlY3JldC0wMDAwMDAwMQ==";
/// Who issues the tokens.
pub const ISSUER: &str = "http://localhost:5150";

/// How long the program may take to start, or to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running program, killed when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From the call to the first connection that was accepted.
    pub started_in: Duration,
}

/// The program, whose bytes are also counted.
pub fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_ballast-cli"))
}

/// The address of the database that lies in this folder.
pub fn database(folder: &Path) -> String {
    format!("sqlite://{}?mode=rwc", folder.join("bench.sqlite").display())
}

impl Server {
    /// Starts the program and waits until it accepts connections.
    pub fn start(folder: &Path) -> Outcome<Self> {
        Self::start_with(folder, &[])
    }

    /// With these variables set.
    pub fn start_with(folder: &Path, variables: &[(&str, &str)]) -> Outcome<Self> {
        let address = free_address()?;
        let log = File::options().create(true).append(true).open(folder.join("log.jsonl"))?;
        let begun = Instant::now();
        let child = command(folder, address)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stderr(log.try_clone()?)
            .stdout(log)
            .spawn()?;
        let mut server = Self { child, address, started_in: Duration::ZERO };
        server.wait_until_it_listens(begun)?;
        server.started_in = begun.elapsed();
        Ok(server)
    }

    fn wait_until_it_listens(&mut self, begun: Instant) -> Outcome<()> {
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the program ended at its start: {status}").into());
            }
            if begun.elapsed() > PATIENCE {
                return Err("the program does not listen".into());
            }
            pause(Duration::from_millis(1));
        }
        Ok(())
    }

    /// The number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, and says how long that took.
    pub fn stop(mut self) -> Outcome<Duration> {
        let begun = Instant::now();
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        while self.child.try_wait()?.is_none() {
            if begun.elapsed() > PATIENCE {
                return Err("the program does not end".into());
            }
            pause(Duration::from_millis(1));
        }
        Ok(begun.elapsed())
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
    // As an operator runs it: counted, and shown on a port of its own.
    command.env("METRICS_BINDING", "127.0.0.1:0");
    command
        .env("DATABASE_URL", database(folder))
        .env("STORAGE_URL", format!("file:{}", folder.join("storage").display()));
    command.env("LOG_FORMAT", "json").env("JWT_SECRET", SECRET).env("HOST", ISSUER);
    command.env("TRUSTED_PROXIES", "127.0.0.0/8");
    // On, with room: a limit that is off would hide what counting costs.
    for policy in ["LOGIN", "LOGIN_ACCOUNT", "REGISTER", "RECOVERY", "RECOVERY_ACCOUNT", "USER"] {
        command.env(format!("RATE_LIMIT_{policy}_REQUESTS"), "100000");
    }
    command
}

/// An address that nobody listens on.
pub fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
