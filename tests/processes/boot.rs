//! Tests of boot errors and of the version option.

use std::{path::Path, process::Command};

use ballast::app::App;
use loco_rs::app::Hooks;
use serde_json::Value;

use crate::support::process::ballast;

/// Starts the program with these environment variables. Returns the boot error.
fn boot_error(variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command: Command = ballast(folder.path());
    command.envs(variables.iter().copied()).arg("start");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{variables:?} was accepted");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "", "{variables:?}");
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error.lines().count(), 1, "{variables:?}: {error}");
    error
}

#[test]
fn boot_fails_with_one_line_that_names_the_invalid_setting() {
    let invalid = [
        ("RATE_LIMIT_LOGIN_REQUESTS", "0"),
        ("RATE_LIMIT_LOGIN_REQUESTS", "-1"),
        ("RATE_LIMIT_LOGIN_REQUESTS", "abc"),
        ("RATE_LIMIT_LOGIN_REQUESTS", ""),
        ("RATE_LIMIT_LOGIN_WINDOW_SECONDS", "1e9"),
        ("RATE_LIMIT_LOGN_REQUESTS", "5"),
        ("RATE_LIMIT_ENABLED", "maybe"),
        ("RATE_LIMIT_STORE", "paper"),
        ("DOCS_ENABLED", "maybe"),
        ("LOG_LEVEL", "loud"),
        ("LOG_LEVEL", "off"),
        ("LOG_FORMAT", "xml"),
        ("PORT", "abc"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("HOST", "example.org"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("UPLOAD_MAX_BYTES", "12"),
        ("REQUEST_TIMEOUT_SECONDS", "0"),
        ("REQUEST_TIMEOUT_SECONDS", ""),
        ("SHUTDOWN_GRACE_SECONDS", "forever"),
        ("MAX_CONNECTIONS_PER_ADDRESS", "0"),
        ("MAX_CONNECTIONS_PER_ADDRESS", "65537"),
        ("STORAGE_URL", "ftp://example.org"),
        ("DATABASE_URL", "mysql://localhost/ballast"),
        ("JWT_SECRET", "c2hvcnQ="),
        ("JWT_SECRET", "not base64 at all, but long enough to be one of 32 bytes"),
        ("PASSWORD_MIN_LENGTH", "7"),
        ("PASSWORD_HASHING_MEMORY_KIBIBYTES", "19455"),
        ("PASSWORD_HASHING_MEMORY_KIBIBYTES", "8388608"),
        ("PASSWORD_HASHING_PASSES", "1"),
        ("RATE_LIMIT_LOGIN_ACCOUNT_REQUESTS", "0"),
        ("RATE_LIMIT_LOGIN_ACCOUNT_WINDOW_SECONDS", "86401"),
        ("SESSION_IDLE_DAYS", "-14"),
        ("SESSION_IDLE_DAYS", "15"),
        ("SESSION_ABSOLUTE_DAYS", "31"),
        ("ACCESS_TOKEN_SECONDS", "901"),
        ("ACCESS_TOKEN_SECONDS", "0"),
        ("DATABASE_URL", "sqlite:///nowhere/at/all.sqlite"),
        ("DATABASE_URL", "postgres://ballast@127.0.0.1:1/none"),
        ("METRICS_ENABLED", "maybe"),
        ("METRICS_BINDING", "9150"),
        ("METRICS_BINDING", "127.0.0.1:port"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "hunter2"),
        ("METRICS_BINDIN", "127.0.0.1:9150"),
        ("QUEUE", "redis"),
        ("RATE_LIMIT_STORE", "redis"),
    ];
    for (variable, value) in invalid {
        let error = boot_error(&[(variable, value)]);
        let named = if value == "redis" { "REDIS_URL" } else { variable };
        assert!(error.contains(named), "{variable}={value}: {error}");
    }
}

#[test]
fn boot_fails_if_a_bucket_is_misconfigured_or_unreachable() {
    const SECRET: &str = "hidden-from-all";
    let bucket = ("STORAGE_URL", "s3://files?endpoint=http://127.0.0.1:1");
    let error = boot_error(&[bucket]);
    assert!(error.contains("AWS_REGION"), "{error}");
    let error = boot_error(&[bucket, ("AWS_REGION", "a"), ("AWS_SECRET_ACCESS_KEY", SECRET)]);
    assert!(error.contains("AWS_ACCESS_KEY_ID") && !error.contains(SECRET), "{error}");
    let keys = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", SECRET)];
    let error = boot_error(&[bucket, ("AWS_REGION", "a"), keys[0], keys[1]]);
    assert!(error.contains("STORAGE_URL: the bucket files cannot be used") && !error.contains(SECRET), "{error}");
}

#[test]
fn boot_error_names_one_of_several_invalid_settings() {
    let error = boot_error(&[("RATE_LIMIT_LOGIN_REQUESTS", "abc"), ("RATE_LIMIT_REGISTER_REQUESTS", "abc")]);
    assert!(error.contains("RATE_LIMIT_LOGIN_REQUESTS"), "{error}");
    let error = boot_error(&[("DOCS_ENABLED", "maybe"), ("PORT", "0")]);
    assert!(error.contains("DOCS_ENABLED") || error.contains("PORT"), "{error}");
}

#[test]
fn boot_error_never_contains_a_secret() {
    let secret = "aHVudGVyMg==";
    assert!(!boot_error(&[("JWT_SECRET", secret)]).contains(secret));
    let error = boot_error(&[("DATABASE_URL", "postgres://ballast:hunter2@127.0.0.1:1/none")]);
    assert!(!error.contains("hunter2"), "{error}");
    for address in ["rediss://a:hunter2@127.0.0.1:1", "redis:///hunter2", "redis://a:hunter2@127.0.0.1:port", "hunter2"]
    {
        let error = boot_error(&[("RATE_LIMIT_STORE", "redis"), ("REDIS_URL", address)]);
        assert!(error.contains("REDIS_URL") && !error.contains("hunter2"), "{error}");
    }
}

#[test]
fn boot_error_has_the_configured_log_format() {
    for environment in ["development", "production"] {
        let error = |format: &str| boot_error(&[("LOCO_ENV", environment), ("LOG_FORMAT", format), ("PORT", "abc")]);
        let line: Value = serde_json::from_str(&error("json")).unwrap();
        assert_eq!((line["level"].as_str(), line["event"].as_str()), (Some("ERROR"), Some("fatal")));
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z') && line["message"].is_string(), "{line}");
        assert!(error("compact").starts_with("error: "));
    }
    assert!(boot_error(&[("LOCO_ENV", "production"), ("LOG_FORMAT", "paper")]).starts_with('{'));
}

#[test]
fn version_option_needs_no_settings() {
    for option in ["--version", "-V"] {
        let output = ballast(Path::new("/nowhere")).args([option]).env("LOCO_ENV", "production").output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("ballast-cli {}\n", App::app_version()));
    }
}
