//! What production refuses to start with: each refusal is one line of JSON that names the setting and the fix.

use std::{fs, path::Path};

use serde_json::Value;

use crate::support::process::{Server, ballast};

const SECRET: &str = "CN6oXkXCtx9ewBSfbkbmVhNwXgG9n5uSBn0r8hfxMGQ=";
const GOOD: [(&str, &str); 3] = [("LOCO_ENV", "production"), ("HOST", "https://example.org"), ("JWT_SECRET", SECRET)];

/// Starts with what production needs but for these variables, and gives the reason why it would not.
fn refusal(variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = ballast(folder.path());
    let output = command.envs(GOOD).envs(variables.iter().copied()).arg("start").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{variables:?} was accepted");
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!said.contains(SECRET), "{said}");
    let line: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!((&line["level"], &line["event"]), (&"ERROR".into(), &"fatal".into()));
    line["message"].as_str().unwrap().to_owned()
}

/// The reason begins with the setting and says what to do.
#[track_caller]
fn refused(setting: &str, fix: &str, variables: &[(&str, &str)]) {
    let reason = refusal(variables);
    assert!(reason.starts_with(setting) && reason.contains(fix), "{reason}");
}

/// Migrates and starts with these variables, as far as serving.
fn accepted(folder: &Path, variables: &[(&str, &str)]) -> Server {
    let migrated = ballast(folder).envs(GOOD).envs(variables.iter().copied()).args(["db", "migrate"]).output().unwrap();
    assert!(migrated.status.success(), "{migrated:?}");
    Server::start_serving(ballast(folder).envs(GOOD).envs(variables.iter().copied()))
}

#[test]
fn what_is_given_rightly_is_accepted() {
    accepted(tempfile::tempdir().unwrap().path(), &[]);
}

#[test]
fn a_missing_secret_is_refused() {
    refused("JWT_SECRET", "give it a value", &[("JWT_SECRET", "")]);
}

#[test]
fn a_missing_host_is_refused() {
    refused("HOST", "give it a value", &[("HOST", "")]);
}

#[test]
fn a_missing_database_is_refused() {
    refused("DATABASE_URL", "give it a value", &[("DATABASE_URL", "")]);
}

#[test]
fn the_secret_of_the_examples_is_refused() {
    let published = "YmFsbGFzdC1kZXZlbG9wbWVudC1vbmx5LW5vdC1zZWNyZXQtMDAwMQ==";
    refused("JWT_SECRET", "openssl rand", &[("JWT_SECRET", published)]);
}

#[test]
fn a_short_secret_is_refused() {
    refused("JWT_SECRET", "openssl rand", &[("JWT_SECRET", "CN6oXkXCtx9ewBSfbkbmVhNwXgG9nw==")]);
}

#[test]
fn a_secret_that_somebody_typed_is_refused() {
    refused("JWT_SECRET", "openssl rand", &[("JWT_SECRET", "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=")]);
}

#[test]
fn a_secret_that_is_a_password_elsewhere_is_refused() {
    let shared =
        ("DATABASE_URL", "postgres://ballast:CN6oXkXCtx9ewBSfbkbmVhNwXgG9n5uSBn0r8hfxMGQ=@127.0.0.1:1/ballast");
    refused("JWT_SECRET", "make one of its own", &[shared]);
    let key = ("AWS_SECRET_ACCESS_KEY", "CN6oXkXCtx9ewBSfbkbmVhNwXgG9n5uSBn0r8hfxMGQ=");
    refused("JWT_SECRET", "make one of its own", &[key]);
}

#[test]
fn an_address_over_http_is_refused() {
    refused("HOST", "https://", &[("HOST", "http://example.org")]);
    let other = [("HOST", "http://example.org"), ("ALLOW_HTTP_HOST", "http://localhost:8080")];
    refused("HOST", "ALLOW_HTTP_HOST", &other);
}

#[test]
fn an_address_over_http_is_accepted_where_it_is_meant() {
    let meant = [("HOST", "http://localhost:8080"), ("ALLOW_HTTP_HOST", "http://localhost:8080")];
    accepted(tempfile::tempdir().unwrap().path(), &meant);
}

#[test]
fn public_documentation_is_refused() {
    refused("DOCS_ENABLED", "ALLOW_DOCS", &[("DOCS_ENABLED", "true")]);
}

#[test]
fn public_documentation_is_accepted_where_it_is_meant() {
    accepted(tempfile::tempdir().unwrap().path(), &[("DOCS_ENABLED", "true"), ("ALLOW_DOCS", "true")]);
}

#[test]
fn a_database_for_development_is_refused() {
    refused("DATABASE_URL", "one of its own", &[("DATABASE_URL", "sqlite://ballast_development.sqlite?mode=rwc")]);
    refused("DATABASE_URL", "one of its own", &[("DATABASE_URL", "postgres://b@127.0.0.1:1/ballast_test")]);
}

#[test]
fn a_database_password_that_everybody_knows_is_refused() {
    let reason = refusal(&[("DATABASE_URL", "postgres://ballast:changeme@127.0.0.1:1/ballast")]);
    assert!(reason.starts_with("DATABASE_URL") && !reason.contains("changeme"), "{reason}");
}

#[test]
fn a_proxy_that_is_not_trusted_is_refused() {
    refused("TRUSTED_PROXIES", "proxy's network", &[("BEHIND_PROXY", "true")]);
}

#[test]
fn limits_in_memory_are_refused_for_more_than_one_replica() {
    refused("RATE_LIMIT_STORE", "redis", &[("REPLICAS", "2")]);
}

#[test]
fn a_bucket_over_http_is_refused_where_it_is_not_meant() {
    let bucket = ("STORAGE_URL", "s3://files?region=a&endpoint=http://127.0.0.1:1");
    let keys = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "a key of its own")];
    refused("AWS_ENDPOINT_URL", "ALLOW_HTTP_ENDPOINT", &[bucket, keys[0], keys[1]]);
    let meant = ("ALLOW_HTTP_ENDPOINT", "http://127.0.0.1:1");
    let known = ("AWS_SECRET_ACCESS_KEY", "minioadmin");
    refused("AWS_SECRET_ACCESS_KEY", "of its own", &[bucket, keys[0], known, meant]);
    // Past the gate: nobody answers there.
    refused("STORAGE_URL", "cannot be used", &[bucket, keys[0], keys[1], meant]);
    let same = ("ALLOW_HTTP_ENDPOINT", "HTTP://127.0.0.1:1/");
    refused("STORAGE_URL", "cannot be used", &[bucket, keys[0], keys[1], same]);
}

#[test]
fn mail_without_a_server_is_refused() {
    refused("MAILER_HOST", "mail server", &[("MAILER_ENABLED", "true")]);
}

#[test]
fn a_password_that_would_cross_in_clear_to_the_mail_server_is_refused() {
    let clear = [
        ("MAILER_ENABLED", "true"),
        ("MAILER_HOST", "mail.example.org"),
        ("MAILER_TLS", "none"),
        ("MAILER_USER", "ballast"),
        ("MAILER_PASSWORD", "n0tMoreThanAGuess"),
    ];
    refused("MAILER_TLS", "starttls", &clear);
}

#[test]
fn a_mail_server_that_asks_nobody_is_accepted_without_encryption() {
    let relay = [("MAILER_ENABLED", "true"), ("MAILER_HOST", "127.0.0.1"), ("MAILER_TLS", "none")];
    accepted(tempfile::tempdir().unwrap().path(), &relay);
}

#[test]
fn a_sender_that_is_no_address_is_refused() {
    refused("MAILER_FROM", "no-reply@example.org", &[("MAILER_FROM", "Ballast")]);
}

#[test]
fn a_variable_that_nothing_knows_is_refused() {
    refused("RATE_LIMIT_LOGN_REQUESTS", "correct its name", &[("RATE_LIMIT_LOGN_REQUESTS", "5")]);
    refused("TRUSTED_PROXY", "correct its name", &[("TRUSTED_PROXY", "10.0.0.0/8")]);
}

/// A start with `from` in the configuration replaced by `to`.
fn refused_with(reason: &str, from: &str, to: &str) {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string("config/production.yaml").unwrap();
    assert!(text.contains(from), "{from} is not in the configuration");
    fs::write(folder.path().join("production.yaml"), text.replace(from, to)).unwrap();
    refused(
        &format!("config/production.yaml: {reason}"),
        "",
        &[("LOCO_CONFIG_FOLDER", folder.path().to_str().unwrap())],
    );
}

#[test]
fn a_key_of_the_configuration_that_nothing_knows_is_refused() {
    refused_with("server.middlewares.secure_header ", "secure_headers:", "secure_header:");
    refused_with("unknown field `docs_enable`", "docs_enabled:", "docs_enable:");
}

#[test]
fn migrating_by_itself_is_refused() {
    refused_with("database.auto_migrate", "auto_migrate: false", "auto_migrate: true");
}

#[test]
fn emptying_the_database_at_the_start_is_refused() {
    refused_with("database.dangerously_truncate", "dangerously_truncate: false", "dangerously_truncate: true");
}

#[test]
fn the_example_for_production_is_refused_as_it_is() {
    let text = fs::read_to_string(".env.production.example").unwrap();
    let set: Vec<(&str, &str)> =
        text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('=')).collect();
    assert!(set.contains(&("JWT_SECRET", "")), "{set:?}");
    let reason = refusal(&set);
    assert!(reason.contains("is not set"), "{reason}");
}

#[test]
fn a_secret_may_come_as_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwt_secret");
    fs::write(&file, format!("{SECRET}\n")).unwrap();
    let as_file = [("JWT_SECRET", ""), ("JWT_SECRET_FILE", file.to_str().unwrap())];
    accepted(folder.path(), &as_file);
    refused("JWT_SECRET and JWT_SECRET_FILE", "keep one", &[as_file[1]]);
    refused("JWT_SECRET_FILE", "cannot be read", &[("JWT_SECRET", ""), ("JWT_SECRET_FILE", "/nowhere")]);
}
