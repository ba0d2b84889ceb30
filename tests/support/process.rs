//! Program in its own process, started as an operator starts it.

use std::{
    ffi::OsStr,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::lines::{LINE_TIMEOUT, Lines};

/// Returns a command for the program. The environment contains only the variables of the test.
pub fn ballast(folder: &Path) -> Command {
    program_in(env!("CARGO_BIN_EXE_ballast-cli"), folder)
}

/// Returns a command for the program `examples/faulty.rs`, which `cargo test` builds.
pub fn faulty(folder: &Path) -> Command {
    program_in(Path::new(env!("CARGO_BIN_EXE_ballast-cli")).with_file_name("examples").join("faulty"), folder)
}

/// Returns a command for a shell that first runs the shell command `ulimit`, and then executes the program.
pub fn limited(folder: &Path, ulimit: &str) -> Command {
    let plain = ballast(folder);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{ulimit}; exec \"$0\" \"$@\"")]).arg(plain.get_program());
    command.env_clear().envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn program_in(program: impl AsRef<OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("DATABASE_URL", format!("sqlite://{}?mode=rwc", folder.join("process.sqlite").display()))
        .env("STORAGE_URL", format!("file:{}", folder.join("storage").display()))
        .env("LOG_FORMAT", "json")
        .env("PORT", free_port().to_string())
        .env("BINDING", "127.0.0.1")
        .env("METRICS_BINDING", "127.0.0.1:0")
        // Uses long timeouts, because many test processes migrate databases and hash passwords simultaneously.
        .env("DATABASE_CONNECT_TIMEOUT_MILLISECONDS", "30000")
        .env("PASSWORD_HASHING_PATIENCE_SECONDS", "60")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Server process. Dropping the value kills the process.
pub struct Server {
    pub child: Child,
    pub address: String,
    lines: Lines,
    pub log: Vec<String>,
}

impl Server {
    /// Starts the server and waits until it accepts connections.
    pub fn start(folder: &Path) -> Self {
        Self::start_serving(&mut ballast(folder))
    }

    /// Starts the server with these environment variables, and waits until the server accepts connections.
    pub fn start_with(folder: &Path, variables: &[(&str, &str)]) -> Self {
        Self::start_serving(ballast(folder).envs(variables.iter().copied()))
    }

    /// Starts `examples/faulty.rs`, which is the application with fault injection.
    pub fn start_faulty(folder: &Path) -> Self {
        Self::start_serving(&mut faulty(folder))
    }

    /// Starts a server with this command, and waits until the server accepts connections.
    pub fn start_serving(command: &mut Command) -> Self {
        let mut server = Self::spawn(command.arg("start"));
        server.wait_until_serving();
        server
    }

    /// Starts a server, and waits for an event that the server logs before it accepts connections.
    pub fn start_and_wait_for(command: &mut Command, event: &str) -> Self {
        let mut server = Self::spawn(command.arg("start"));
        server.wait_for(event);
        server
    }

    /// Starts a worker process, which runs jobs and serves no requests.
    pub fn spawn_worker(command: &mut Command) -> Self {
        Self::spawn(command.args(["start", "--worker"]))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let lines = Lines::read(child.stdout.take().unwrap());
        Self { child, address: String::new(), lines, log: Vec::new() }
    }

    /// Waits for the log line that contains the address of the server.
    pub fn wait_until_serving(&mut self) {
        let started = self.wait_for("started");
        started["address"].as_str().unwrap().clone_into(&mut self.address);
    }

    /// Waits for the log line of this event, and returns the line.
    pub fn wait_for(&mut self, event: &str) -> Value {
        let named = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            (line["event"] == event).then_some(line)
        };
        self.lines.find(&mut self.log, named).unwrap_or_else(|| {
            let mut stderr_text = String::new();
            let _ = self.child.stderr.take().map(|mut stderr| stderr.read_to_string(&mut stderr_text));
            panic!("the process ended before `{event}`: {stderr_text}\n{}", self.log.join(""));
        })
    }

    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).unwrap()
    }

    /// Sends bytes on a new connection, and returns the whole response.
    pub fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect();
        stream.set_read_timeout(Some(LINE_TIMEOUT)).unwrap();
        stream.write_all(bytes).unwrap();
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response);
        String::from_utf8_lossy(&response).into_owned()
    }

    /// Sends a JSON request to the API. `headers` are lines that end with CRLF. Returns the status and the JSON body, which
    /// is `null` if the response has no body.
    pub fn send_json(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, Value) {
        let length = body.len();
        let request = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}Connection: close\r\n\r\n{body}"
        );
        let response = self.exchange(request.as_bytes());
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let json = if body.is_empty() { Value::Null } else { serde_json::from_str(body).unwrap() };
        (status, json)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Stops the server with SIGTERM. Returns the exit code, the remaining log lines and the standard error.
    pub fn stop(mut self) -> (Option<i32>, Vec<String>, String) {
        self.signal(Signal::TERM);
        let mut rest = Vec::new();
        assert_eq!(self.lines.find(&mut rest, |_| None::<()>), None);
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let code = self.child.wait().unwrap().code();
        let mut log = std::mem::take(&mut self.log);
        log.extend(rest.iter().map(|line| line.trim_end_matches('\n').to_owned()));
        (code, log, stderr)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a port without a listener.
///
/// The port is below the ephemeral range, so that the system does not assign the port to another
/// connection. Each test process starts its search at another port.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = std::process::id().wrapping_mul(97);
    let mut ports = std::iter::repeat_with(|| NEXT.fetch_add(1, Ordering::Relaxed))
        .map(|step| u16::try_from(10_000 + first.wrapping_add(u32::from(step)) % 20_000).unwrap());
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}
