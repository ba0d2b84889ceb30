//! Tests of secrets in settings. No command writes a secret to the log or the terminal, even if a setting
//! is malformed.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, Output},
};

use ballast::settings::secret_files::SECRETS;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::process::ballast;

/// Setting: the variable, its value, and further variables that make the program read the variable.
type Setting = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const CANARY: &str = "c4n4ry";
const COMMANDS: [&[&str]; 4] = [&["start"], &["db", "migrate"], &["task", "export_security_events"], &["doctor"]];
/// Commands that end by themselves if all settings are valid.
const TERMINATING: [&[&str]; 3] = [&["task", "export_security_events"], &["doctor"], &["doctor", "--config"]];
const REDIS: &[(&str, &str)] = &[("RATE_LIMIT_STORE", "redis")];
const BUCKET: &[(&str, &str)] = &[
    ("STORAGE_URL", "s3://bucket"),
    ("AWS_REGION", "eu-central-1"),
    ("AWS_ACCESS_KEY_ID", "id"),
    ("AWS_SECRET_ACCESS_KEY", "hidden-from-all"),
];

const MAIL: &[(&str, &str)] = &[("MAILER_ENABLED", "true"), ("MAILER_HOST", "127.0.0.1"), ("MAILER_USER", "me")];

/// Settings with malformed values. Every command rejects these settings.
const MALFORMED: &[Setting] = &[
    ("DATABASE_URL", "postgres://ballast:12#c4n4ry@localhost/ballast", &[]),
    ("DATABASE_URL", "postgres://ballast:12/c4n4ry@localhost/ballast", &[]),
    ("DATABASE_URL", "postgres://ballast:12?c4n4ry@localhost/ballast", &[]),
    ("DATABASE_URL", "postgres://ballast:c4n4ry#@localhost/ballast", &[]),
    ("DATABASE_URL", "postgres://ballast:c4n4ry@localhost:99999/ballast", &[]),
    ("DATABASE_URL", "postgres://ballast:c4n4ry@localhost:port/ballast", &[]),
    ("DATABASE_URL", "postgres://localhost/ballast?password=c4n4ry&sslmode=c4n4ry", &[]),
    ("DATABASE_URL", "mysql://ballast:c4n4ry@localhost/ballast", &[]),
    ("DATABASE_URL", "ballast:c4n4ry@localhost", &[]),
    ("REDIS_URL", "redis://:c4n4ry#@localhost:6379", REDIS),
    ("REDIS_URL", "redis://:12#c4n4ry@localhost:6379", REDIS),
    ("REDIS_URL", "redis://me:12/c4n4ry@localhost:6379", REDIS),
    ("REDIS_URL", "redis://me:12?c4n4ry@localhost:6379", REDIS),
    ("REDIS_URL", "redis://:c4n4ry@localhost:port", REDIS),
    ("REDIS_URL", ":c4n4ry@localhost", REDIS),
    ("STORAGE_URL", "s3://user:c4n4ry@bucket", BUCKET),
    ("STORAGE_URL", "https://user:c4n4ry@storage.example", &[]),
    ("STORAGE_URL", "s3://bucket?endpoint=https://user:c4n4ry@storage.example", BUCKET),
    ("STORAGE_URL", "s3://bucket?endpoint=https%3A%2F%2Fuser%3Ac4n4ry%40storage.example", BUCKET),
    ("AWS_ENDPOINT_URL", "https://user:c4n4ry@storage.example", BUCKET),
    ("AWS_ENDPOINT_URL", "https://user:c4n4ry#@storage.example", BUCKET),
    ("AWS_ENDPOINT_URL", "user:c4n4ry@storage.example", BUCKET),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:c4n4ry#@localhost:4318", &[]),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "user:c4n4ry@localhost:4318", &[]),
    ("OTEL_EXPORTER_OTLP_HEADERS", "api key=c4n4ry", &[]),
    ("OTEL_EXPORTER_OTLP_HEADERS", "c4n4ry", &[]),
    ("JWT_SECRET", "c4n4ry", &[]),
    ("MAILER_FROM", "c4n4ry", &[]),
];

/// Settings with valid values that contain a secret.
const VALID: &[Setting] = &[
    ("MAILER_PASSWORD", "c4n4ry", MAIL),
    ("MAILER_PASSWORD", "'c4n4ry: \"#\\", MAIL),
    ("MAILER_HOST", "user:c4n4ry@mail.example", MAIL),
    ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=c4n4ry,other=%20c4n4ry", &[]),
    ("REDIS_URL", "redis://:c4n4ry@127.0.0.1:1", REDIS),
    ("DATABASE_URL", "postgres://ballast:c4n4ry@127.0.0.1:1/ballast", &[]),
    ("DATABASE_URL", "postgres://ballast:c4n4ry%23%2F@127.0.0.1:1/ballast", &[]),
    ("AWS_SECRET_ACCESS_KEY", "c4n4ry", &[]),
    ("AWS_SESSION_TOKEN", "c4n4ry", &[]),
    ("JWT_SECRET", "c4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ryc4n4ry", &[]),
];

fn program(folder: &Path, variable: &str, value: &str, others: &[(&str, &str)]) -> Command {
    let mut command = ballast(folder);
    command.env("DATABASE_CONNECT_TIMEOUT_MILLISECONDS", "100").envs(others.iter().copied()).env(variable, value);
    command
}

fn output_text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs each command with each setting, and calls `check` with the output. Runs two processes at a time,
/// because starting a process takes most of the time.
fn run_all(commands: &'static [&[&str]], settings: &'static [Setting], check: fn(&str, &str, &Output)) {
    std::thread::scope(|scope| {
        for commands in commands.chunks(2) {
            scope.spawn(move || {
                for (arguments, (variable, value, others)) in
                    commands.iter().flat_map(|arguments| settings.iter().map(move |setting| (arguments, setting)))
                {
                    let folder = tempfile::tempdir().unwrap();
                    let output = program(folder.path(), variable, value, others).args(*arguments).output().unwrap();
                    check(variable, &format!("{variable}={value} {arguments:?}"), &output);
                }
            });
        }
    });
}

fn assert_named_and_redacted(variable: &str, run: &str, output: &Output) {
    let text = output_text(output);
    assert!(!output.status.success() && text.contains(variable) && !text.contains(CANARY), "{run}: {text}");
}

fn assert_redacted(_: &str, run: &str, output: &Output) {
    let text = output_text(output);
    assert!(!text.contains(CANARY), "{run}: {text}");
}

#[test]
fn secret_of_a_malformed_setting_is_never_written() {
    run_all(&COMMANDS, MALFORMED, assert_named_and_redacted);
}

#[test]
fn secret_of_a_valid_setting_is_never_written() {
    run_all(&TERMINATING, VALID, assert_redacted);
}

#[test]
fn secret_from_a_file_is_never_written() {
    for (variable, value, others) in MALFORMED.iter().chain(VALID).filter(|(variable, ..)| SECRETS.contains(variable)) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, value).unwrap();
        let mut command = program(folder.path(), variable, value, others);
        command.env_remove(variable).env(format!("{variable}_FILE"), file).args(["doctor", "--config"]);
        assert_redacted(variable, &format!("{variable}_FILE={value}"), &command.output().unwrap());
    }
}

#[test]
fn settings_are_printed_without_their_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path(), "MAILER_PASSWORD", CANARY, MAIL);
    let output = command.args(["doctor", "--config"]).output().unwrap();
    let text = output_text(&output);
    assert!(output.status.success() && text.contains("password: [redacted]"), "{text}");
}

/// Requests a path that contains a secret. The path represents log messages of libraries, which could contain a secret.
#[test]
fn running_server_redacts_its_secrets_in_every_log_format() {
    for format in ["json", "compact", "pretty"] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = program(folder.path(), "MAILER_PASSWORD", CANARY, &[("LOG_FORMAT", format)]);
        let port = command.get_envs().find(|(name, _)| *name == "PORT").unwrap().1.unwrap().to_owned();
        let address = format!("127.0.0.1:{}", port.to_str().unwrap());
        let mut child = command.arg("start").spawn().unwrap();
        let mut stream = loop {
            if let Ok(stream) = TcpStream::connect(&address) {
                break stream;
            }
            assert!(child.try_wait().unwrap().is_none(), "the server ended");
            std::thread::yield_now();
        };
        stream.write_all(b"GET /api/v1/c4n4ry HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        stream.read_to_end(&mut Vec::new()).unwrap();
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        let text = output_text(&child.wait_with_output().unwrap());
        assert!(text.contains("/api/v1/[redacted]") && !text.contains(CANARY), "{format}: {text}");
    }
}
