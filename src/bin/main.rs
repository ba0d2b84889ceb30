//! Hands over to Loco's command line, or to the typesetter when called as its child.

use std::{
    io::Write,
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

use ballast::telemetry::trace_export;
use ballast::{
    app::App,
    initializers::logging,
    settings::{redaction::redact, secret_files, wants_json},
};
use loco_rs::{
    Error,
    app::Hooks,
    cli,
    environment::{Environment, resolve_from_env},
};
use migration::{DbErr, Migrator};
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};

/// Set in the child process whose output is redacted.
const CHILD: &str = "BALLAST_REDACTED";

fn main() -> ExitCode {
    // Before anything else is set up: the child takes no configuration and starts no threads of ours.
    if std::env::args_os().nth(1).is_some_and(|command| command == ballast::TYPESET_WORKER) {
        return typesetter::ipc::worker::main();
    }
    if std::env::args_os().nth(1).is_some_and(|word| word == "--version" || word == "-V") {
        return say(&format!("{} {}", env!("CARGO_BIN_NAME"), App::app_version()));
    }
    #[cfg(debug_assertions)]
    if let Some(outcome) = generate() {
        return outcome;
    }
    match secret_files::read() {
        Ok(secrets) if secrets.is_empty() && prints_settings() => print_redacted(),
        Ok(secrets) if secrets.is_empty() => serve(),
        Ok(secrets) => start_again_with(secrets),
        Err(reason) => refuse(&reason),
    }
}

/// Generates a resource if the command line requests one. Only debug builds generate code, as in Loco.
#[cfg(debug_assertions)]
fn generate() -> Option<ExitCode> {
    match scaffold::run(&arguments(), &project(), ballast::clock::now()) {
        Ok(next_steps) => next_steps.map(say),
        Err(reason) => Some(refuse(&reason)),
    }
}

/// Returns the application in the current folder.
#[cfg(debug_assertions)]
fn project() -> scaffold::Project<'static> {
    scaffold::Project { root: std::path::Path::new("."), crate_name: App::app_name() }
}

/// Writes a line to standard output.
fn say(text: &str) -> ExitCode {
    let _ = writeln!(std::io::stdout(), "{text}");
    ExitCode::SUCCESS
}

#[cfg(debug_assertions)]
fn arguments() -> Vec<String> {
    std::env::args_os().skip(1).filter_map(|word| word.into_string().ok()).collect()
}

/// Takes this process's place with the secrets where every setting is looked for. The variables of
/// a running program cannot be changed safely.
fn start_again_with(secrets: Vec<(&'static str, String, String)>) -> ExitCode {
    let mut command = Command::new("/proc/self/exe");
    let mut arguments = std::env::args_os();
    command.arg0(arguments.next().unwrap_or_default()).args(arguments);
    for (name, text, file_variable) in secrets {
        command.env(name, text).env_remove(file_variable);
    }
    refuse(&command.exec().to_string())
}

/// Whether the command is `doctor`, whose output Loco writes past the log: errors of connections and, with
/// `--config`, all settings. Not in the child process of `print_redacted`.
#[expect(clippy::disallowed_methods, reason = "a message of this program to its child, not a setting")]
fn prints_settings() -> bool {
    std::env::args_os().any(|word| word == "doctor") && std::env::var_os(CHILD).is_none()
}

/// Runs the command in a child process, and redacts its output.
fn print_redacted() -> ExitCode {
    let run = Command::new("/proc/self/exe").args(std::env::args_os().skip(1)).env(CHILD, "").output();
    let output = match run {
        Ok(output) => output,
        Err(error) => return refuse(&error.to_string()),
    };
    let _ = std::io::stdout().write_all(redact(&String::from_utf8_lossy(&output.stdout)).as_bytes());
    let _ = std::io::stderr().write_all(redact(&String::from_utf8_lossy(&output.stderr)).as_bytes());
    output.status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

fn refuse(reason: &str) -> ExitCode {
    logging::fatal(reason, wants_json(&Environment::from(resolve_from_env())));
    logging::flush();
    ExitCode::FAILURE
}

#[tokio::main]
async fn serve() -> ExitCode {
    outlive_large_files();
    let ended = cli::main::<App, Migrator>().await;
    // Of a process for jobs alone, whose last ones end after everything of ours. A server has done it.
    let _ = tokio::task::spawn_blocking(trace_export::close_opened).await;
    match ended {
        Ok(()) => {
            logging::flush();
            #[cfg(debug_assertions)]
            if let Err(reason) = scaffold::format_after_generate(&arguments(), project().root) {
                return refuse(&reason);
            }
            ExitCode::SUCCESS
        }
        Err(error) => refuse(&reason(&error)),
    }
}

/// A file that may not grow any more (`RLIMIT_FSIZE`) is a write that fails, not the end of the process:
/// whoever handles the signal gets `EFBIG` (setrlimit(2)).
fn outlive_large_files() {
    let _ = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()));
}

/// Why the process could not start or go on. Loco connects to the database before any code of ours
/// runs, so its error is given its variable here.
fn reason(error: &Error) -> String {
    match error {
        Error::DB(cause @ (DbErr::Conn(_) | DbErr::ConnectionAcquire(_))) => {
            format!("DATABASE_URL: the database cannot be reached ({cause}): start it or correct its address")
        }
        Error::WithBacktrace { inner, .. } => reason(inner),
        other => other.to_string(),
    }
}
