//! Entry point: runs Loco's command line, or the typesetter in a child process.

use std::{
    io::Write,
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
};

use ballast::telemetry::trace_export;
use ballast::{
    app::App,
    initializers::logging,
    server::boot_signals,
    settings::{logs_as_json, redaction::redact, secret_files},
};
use loco_rs::{
    Error,
    app::Hooks,
    cli,
    environment::{Environment, resolve_from_env},
};
use migration::{DbErr, Migrator};

/// Environment variable that is set in the child process of `print_redacted`.
const CHILD: &str = "BALLAST_REDACTED";

fn main() -> ExitCode {
    // Checks this argument first, because a typesetting process reads no settings and starts no threads of the service.
    if std::env::args_os().nth(1).is_some_and(|command| command == ballast::TYPESET_WORKER) {
        return typesetter::ipc::worker::main();
    }
    if let Err(error) = boot_signals::install() {
        return fail(&format!("the signal handlers could not be installed ({error})"));
    }
    if std::env::args_os().nth(1).is_some_and(|word| word == "--version" || word == "-V") {
        return print_line(&format!("{} {}", env!("CARGO_BIN_NAME"), App::app_version()));
    }
    #[cfg(debug_assertions)]
    if let Some(outcome) = generate() {
        return outcome;
    }
    match secret_files::read() {
        Ok(secrets) if secrets.is_empty() && prints_settings() => print_redacted(),
        Ok(secrets) if secrets.is_empty() => serve(),
        Ok(secrets) => restart_with(secrets),
        Err(reason) => fail(&reason),
    }
}

/// Runs a code generator if the command line requests one. Only debug builds generate code, as in Loco.
#[cfg(debug_assertions)]
fn generate() -> Option<ExitCode> {
    match scaffold::run(&arguments(), &project(), ballast::clock::now()) {
        Ok(next_steps) => next_steps.map(print_line),
        Err(reason) => Some(fail(&reason)),
    }
}

/// Returns the project in the current folder, for the code generators.
#[cfg(debug_assertions)]
fn project() -> scaffold::Project<'static> {
    scaffold::Project { root: std::path::Path::new("."), crate_name: App::app_name() }
}

/// Prints a line to standard output.
fn print_line(text: &str) -> ExitCode {
    let _ = writeln!(std::io::stdout(), "{text}");
    ExitCode::SUCCESS
}

#[cfg(debug_assertions)]
fn arguments() -> Vec<String> {
    std::env::args_os().skip(1).filter_map(|word| word.into_string().ok()).collect()
}

/// Replaces this process by a new process that has the secrets in its environment, because a running process cannot
/// change its own environment safely.
fn restart_with(secrets: Vec<(&'static str, String, String)>) -> ExitCode {
    let mut command = Command::new("/proc/self/exe");
    let mut arguments = std::env::args_os();
    command.arg0(arguments.next().unwrap_or_default()).args(arguments);
    for (name, text, file_variable) in secrets {
        command.env(name, text).env_remove(file_variable);
    }
    fail(&command.exec().to_string())
}

/// Returns whether this process must redact the output of the command `doctor`. Loco prints this output directly, so
/// the log cannot redact it. The output contains connection errors and, with `--config`, all settings. Returns `false`
/// in the child process of `print_redacted`, because the parent process redacts the output.
#[expect(clippy::disallowed_methods, reason = "passed by this program to its child, not a setting")]
fn prints_settings() -> bool {
    std::env::args_os().any(|word| word == "doctor") && std::env::var_os(CHILD).is_none()
}

/// Runs the command in a child process and prints its redacted output.
fn print_redacted() -> ExitCode {
    let run = Command::new("/proc/self/exe").args(std::env::args_os().skip(1)).env(CHILD, "").output();
    let output = match run {
        Ok(output) => output,
        Err(error) => return fail(&error.to_string()),
    };
    let _ = std::io::stdout().write_all(redact(&String::from_utf8_lossy(&output.stdout)).as_bytes());
    let _ = std::io::stderr().write_all(redact(&String::from_utf8_lossy(&output.stderr)).as_bytes());
    output.status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Logs why the process ends and returns its exit code.
fn fail(reason: &str) -> ExitCode {
    logging::fatal(reason, logs_as_json(&Environment::from(resolve_from_env())));
    logging::flush();
    ExitCode::FAILURE
}

#[tokio::main]
async fn serve() -> ExitCode {
    let result = cli::main::<App, Migrator>().await;
    // Closes the trace exporters of a worker process here, because its last jobs end after the shutdown hooks. A server
    // has already closed its trace exporters.
    let _ = tokio::task::spawn_blocking(trace_export::close_opened).await;
    match result {
        Ok(()) => {
            logging::flush();
            #[cfg(debug_assertions)]
            if let Err(reason) = scaffold::format_after_generate(&arguments(), project().root) {
                return fail(&reason);
            }
            ExitCode::SUCCESS
        }
        Err(error) => fail(&reason(&error)),
    }
}

/// Returns the reason why the process could not start or continue. If the database cannot be reached, the reason names
/// the environment variable `DATABASE_URL`.
fn reason(error: &Error) -> String {
    match error {
        Error::DB(cause @ (DbErr::Conn(_) | DbErr::ConnectionAcquire(_))) => {
            format!("DATABASE_URL: the database cannot be reached ({cause}): start it or correct its address")
        }
        Error::WithBacktrace { inner, .. } => reason(inner),
        other => other.to_string(),
    }
}
