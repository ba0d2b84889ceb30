//! Tests of signals during the boot, during a migration, while the process serves requests, and to the first process
//! of a container.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::support::process::{Server, ballast};

const LIVE: &[u8] = b"GET /api/v1/health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// Process that is booting. The boot waits for a database that accepts connections but sends no bytes.
struct Boot {
    child: Child,
    _database: TcpStream,
}

impl Boot {
    /// Starts the command, and waits until the process has connected to the database.
    fn start(command: &mut Command) -> Self {
        let database = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = database.local_addr().unwrap();
        command.env("DATABASE_URL", format!("postgres://ballast@{address}/ballast"));
        // Uses a longer timeout than any test needs, so that the boot waits until the test sends a signal.
        command.env("DATABASE_CONNECT_TIMEOUT_MILLISECONDS", "60000");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { child, _database: database.accept().unwrap().0 }
    }

    fn exit_code(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

fn signal(process: u32, signal: Signal) {
    kill_process(Pid::from_raw(process.try_into().unwrap()).unwrap(), signal).unwrap();
}

#[test]
fn signal_during_the_boot_ends_the_process() {
    for arguments in [["start"].as_slice(), &["start", "--worker"], &["db", "migrate"]] {
        for (sent, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
            let folder = tempfile::tempdir().unwrap();
            let boot = Boot::start(ballast(folder.path()).args(arguments));
            signal(boot.child.id(), sent);
            assert_eq!(boot.exit_code(), Some(code), "{arguments:?} {sent:?}");
        }
    }
}

#[test]
fn sighup_is_ignored_during_the_boot_and_while_the_process_serves() {
    let folder = tempfile::tempdir().unwrap();
    let boot = Boot::start(ballast(folder.path()).arg("start"));
    signal(boot.child.id(), Signal::HUP);
    signal(boot.child.id(), Signal::TERM);
    assert_eq!(boot.exit_code(), Some(143), "SIGHUP must not end the process");

    let server = Server::start(folder.path());
    let mut running = server.connect();
    let body = r#"{"email":"ada@example.org","password":"wrong wrong wrong"}"#;
    let head = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\nConnection: close\r\n\r\n",
        body.len()
    );
    running.write_all(head.as_bytes()).unwrap();
    let mut first = [0; 25];
    running.read_exact(&mut first).unwrap();
    server.signal(Signal::HUP);
    assert!(server.exchange(LIVE).starts_with("HTTP/1.1 200"), "new requests must be served");
    running.write_all(body.as_bytes()).unwrap();
    let mut response = String::new();
    running.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 401"), "{response}");
    assert_eq!(server.stop().0, Some(0));
}

/// Returns a command that runs `program` as the first process of a new PID namespace, as in a container.
fn as_first_process(folder: &Path, program: &str, arguments: &[String]) -> Command {
    let plain = ballast(folder);
    let mut command = Command::new("unshare");
    command.args(["--pid", "--fork", "--kill-child", program]).args(arguments).env_clear();
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // Uses a separate process group, so that Ctrl-C in the terminal of the tests does not reach `unshare`.
    command.stdin(Stdio::null()).process_group(0);
    command
}

/// Returns the only child of a process.
fn child_of(process: u32) -> u32 {
    fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap().trim().parse().unwrap()
}

/// Returns the default command of the app image, from the line `CMD` of the Dockerfile.
fn image_command() -> Vec<String> {
    let dockerfile = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Dockerfile")).unwrap();
    let line = dockerfile.lines().find_map(|line| line.strip_prefix("CMD ")).unwrap();
    serde_json::from_str(line).unwrap()
}

/// Runs only as root, because other users cannot create PID namespaces.
#[test]
fn sigterm_ends_the_first_process_of_a_container_during_the_boot_and_the_migrations() {
    if !geteuid().is_root() {
        return;
    }
    let program = env!("CARGO_BIN_EXE_ballast-cli");
    let bin = Path::new(program).parent().unwrap().display();
    let image = image_command();
    let start = ["start".to_owned()];
    for (program, arguments) in [(program, &start[..]), (&image[0], &image[1..])] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = as_first_process(folder.path(), program, arguments);
        let boot = Boot::start(command.env("PATH", format!("{bin}:/usr/bin:/bin")));
        signal(child_of(boot.child.id()), Signal::TERM);
        assert_eq!(boot.exit_code(), Some(143), "{program} {arguments:?}");
    }
}
