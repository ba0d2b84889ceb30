//! Tests of settings that production rejects. Each error is one JSON line with the setting and the fix.

use std::{fs, path::Path};

use serde_json::Value;

use crate::support::process::{Server, ballast};

const SECRET: &str = "CN6oXkXCtx9ewBSfbkbmVhNwXgG9n5uSBn0r8hfxMGQ=";
const GOOD: [(&str, &str); 3] = [("LOCO_ENV", "production"), ("HOST", "https://example.org"), ("JWT_SECRET", SECRET)];

/// Starts the program with valid production settings and these overrides. Returns the error message.
fn boot_error(variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut command = ballast(folder.path());
    let output = command.envs(GOOD).envs(variables.iter().copied()).arg("start").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{variables:?} was accepted");
    let output_text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(!output_text.contains(SECRET), "{output_text}");
    let line: Value = serde_json::from_str(output_text.lines().last().unwrap()).unwrap();
    assert_eq!((&line["level"], &line["event"]), (&"ERROR".into(), &"fatal".into()));
    line["message"].as_str().unwrap().to_owned()
}

/// Asserts that the error message begins with the setting and contains the fix.
#[track_caller]
fn assert_rejected(setting: &str, fix: &str, variables: &[(&str, &str)]) {
    let reason = boot_error(variables);
    assert!(reason.starts_with(setting) && reason.contains(fix), "{reason}");
}

/// Migrates the database, and starts a server with these overrides.
fn start(folder: &Path, variables: &[(&str, &str)]) -> Server {
    let migrated = ballast(folder).envs(GOOD).envs(variables.iter().copied()).args(["db", "migrate"]).output().unwrap();
    assert!(migrated.status.success(), "{migrated:?}");
    Server::start_serving(ballast(folder).envs(GOOD).envs(variables.iter().copied()))
}

#[test]
fn boot_succeeds_with_valid_settings() {
    start(tempfile::tempdir().unwrap().path(), &[]);
}

#[test]
fn boot_fails_without_a_secret() {
    assert_rejected("JWT_SECRET", "set it to a value", &[("JWT_SECRET", "")]);
}

#[test]
fn boot_fails_without_a_host() {
    assert_rejected("HOST", "set it to a value", &[("HOST", "")]);
}

#[test]
fn boot_fails_without_a_database() {
    assert_rejected("DATABASE_URL", "set it to a value", &[("DATABASE_URL", "")]);
}

#[test]
fn boot_fails_with_the_published_example_secret() {
    let published = "YmFsbGFzdC1kZXZlbG9wbWVudC1vbmx5LW5vdC1zZWNyZXQtMDAwMQ==";
    assert_rejected("JWT_SECRET", "openssl rand", &[("JWT_SECRET", published)]);
}

#[test]
fn boot_fails_with_a_short_secret() {
    assert_rejected("JWT_SECRET", "openssl rand", &[("JWT_SECRET", "CN6oXkXCtx9ewBSfbkbmVhNwXgG9nw==")]);
}

#[test]
fn boot_fails_with_a_secret_of_low_entropy() {
    assert_rejected("JWT_SECRET", "openssl rand", &[("JWT_SECRET", "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=")]);
}

#[test]
fn boot_fails_with_a_secret_that_is_used_as_another_password() {
    let shared =
        ("DATABASE_URL", "postgres://ballast:CN6oXkXCtx9ewBSfbkbmVhNwXgG9n5uSBn0r8hfxMGQ=@127.0.0.1:1/ballast");
    assert_rejected("JWT_SECRET", "create a separate secret", &[shared]);
    let encoded = ("DATABASE_URL", "postgres://b:CN6oXkXCtx9ewBSfbkbmVhNwXgG9n5uSBn0r8hfxMGQ%3D@127.0.0.1:1/ballast");
    assert_rejected("JWT_SECRET", "create a separate secret", &[encoded]);
    let key = ("AWS_SECRET_ACCESS_KEY", "CN6oXkXCtx9ewBSfbkbmVhNwXgG9n5uSBn0r8hfxMGQ=");
    assert_rejected("JWT_SECRET", "create a separate secret", &[key]);
}

#[test]
fn boot_fails_with_a_host_over_http() {
    assert_rejected("HOST", "https://", &[("HOST", "http://example.org")]);
    let other = [("HOST", "http://example.org"), ("ALLOW_HTTP_HOST", "http://localhost:8080")];
    assert_rejected("HOST", "ALLOW_HTTP_HOST", &other);
}

#[test]
fn boot_accepts_a_host_over_http_if_it_is_allowed_explicitly() {
    let allowed = [("HOST", "http://localhost:8080"), ("ALLOW_HTTP_HOST", "http://localhost:8080")];
    start(tempfile::tempdir().unwrap().path(), &allowed);
}

#[test]
fn boot_fails_with_public_api_documentation() {
    assert_rejected("DOCS_ENABLED", "ALLOW_DOCS", &[("DOCS_ENABLED", "true")]);
}

#[test]
fn boot_accepts_public_api_documentation_if_it_is_allowed_explicitly() {
    start(tempfile::tempdir().unwrap().path(), &[("DOCS_ENABLED", "true"), ("ALLOW_DOCS", "true")]);
}

#[test]
fn boot_fails_with_a_development_database() {
    assert_rejected(
        "DATABASE_URL",
        "separate database",
        &[("DATABASE_URL", "sqlite://ballast_development.sqlite?mode=rwc")],
    );
    assert_rejected("DATABASE_URL", "separate database", &[("DATABASE_URL", "postgres://b@127.0.0.1:1/ballast_test")]);
}

#[test]
fn boot_fails_with_a_well_known_database_password() {
    let reason = boot_error(&[("DATABASE_URL", "postgres://ballast:changeme@127.0.0.1:1/ballast")]);
    assert!(reason.starts_with("DATABASE_URL") && !reason.contains("changeme"), "{reason}");
}

#[test]
fn boot_fails_with_a_password_that_can_be_guessed() {
    for (variable, value) in [
        ("DATABASE_URL", "postgres://ballast:ballast123@127.0.0.1:1/ballast"),
        ("DATABASE_URL", "postgres://ballast:%63hangeme@127.0.0.1:1/ballast"),
        ("DATABASE_URL", "postgres://ballast@127.0.0.1:1/ballast?password=changeme"),
        ("REDIS_URL", "redis://:changeme@127.0.0.1:1"),
        ("REDIS_URL", "redis://default:redis123@127.0.0.1:1"),
        ("MAILER_PASSWORD", "hunter2"),
    ] {
        let mail = [("MAILER_ENABLED", "true"), ("MAILER_HOST", "mail.example.org"), ("MAILER_USER", "ballast")];
        let reason = boot_error(&[mail[0], mail[1], mail[2], (variable, value)]);
        assert!(reason.starts_with(variable) && reason.contains("openssl rand"), "{value}: {reason}");
        assert!(!reason.contains("changeme") && !reason.contains("hunter2"), "{reason}");
    }
}

#[test]
fn boot_fails_with_a_secret_that_a_person_has_typed() {
    for typed in [
        // `ThisIsTheSecretKeyOfTheProductionServer2024` in base64.
        "VGhpc0lzVGhlU2VjcmV0S2V5T2ZUaGVQcm9kdWN0aW9uU2VydmVyMjAyNA==",
        "MySuperSecretJwtKeyForBallastProduction20240",
        "asdfkjhqweoiuzxcvmnbasdlkfjhqwepoiruzxcvbnml",
    ] {
        assert_rejected("JWT_SECRET", "openssl rand", &[("JWT_SECRET", typed)]);
    }
}

#[test]
fn boot_fails_without_rate_limits_unless_it_is_allowed_explicitly() {
    let disabled = ("RATE_LIMIT_ENABLED", "false");
    assert_rejected("RATE_LIMIT_ENABLED", "ALLOW_NO_RATE_LIMITS", &[disabled]);
    start(tempfile::tempdir().unwrap().path(), &[disabled, ("ALLOW_NO_RATE_LIMITS", "true")]);
}

#[test]
fn boot_fails_with_a_wide_public_network_of_proxies() {
    for networks in ["0.0.0.0/0", "0.0.0.0/1,128.0.0.0/1", "2000::/3"] {
        assert_rejected("TRUSTED_PROXIES", "public /8", &[("TRUSTED_PROXIES", networks)]);
    }
}

#[test]
fn boot_fails_with_a_host_that_is_not_an_origin() {
    for host in ["https://", "https:///example.org", "https://example.org/app", "https://example.org?a=b"] {
        assert_rejected("HOST", "without a path", &[("HOST", host)]);
    }
    for host in ["https://example .org", "https://example.org ", "https://user@example.org", "https://#"] {
        assert_rejected("HOST", "without a path", &[("HOST", host)]);
    }
}

#[test]
fn boot_fails_with_unsafe_settings_in_every_environment_except_development_and_test() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy("config/production.yaml", folder.path().join("staging.yaml")).unwrap();
    let staging = [("LOCO_ENV", "staging"), ("LOCO_CONFIG_FOLDER", folder.path().to_str().unwrap())];
    assert_rejected("HOST", "https://", &[staging[0], staging[1], ("HOST", "http://example.org")]);
    let published = ("JWT_SECRET", "YmFsbGFzdC1kZXZlbG9wbWVudC1vbmx5LW5vdC1zZWNyZXQtMDAwMQ==");
    assert_rejected("JWT_SECRET", "openssl rand", &[staging[0], staging[1], published]);
    start(tempfile::tempdir().unwrap().path(), &staging);
}

#[test]
fn boot_fails_with_an_untrusted_proxy() {
    assert_rejected("TRUSTED_PROXIES", "proxy's network", &[("BEHIND_PROXY", "true")]);
}

#[test]
fn boot_fails_with_in_memory_limits_for_several_replicas() {
    assert_rejected("RATE_LIMIT_STORE", "redis", &[("REPLICAS", "2")]);
}

#[test]
fn boot_fails_with_a_bucket_over_http_unless_it_is_allowed_explicitly() {
    let bucket = ("STORAGE_URL", "s3://files?region=a&endpoint=http://127.0.0.1:1");
    let keys = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "a key of its own")];
    assert_rejected("AWS_ENDPOINT_URL", "ALLOW_HTTP_ENDPOINT", &[bucket, keys[0], keys[1]]);
    let allowed = ("ALLOW_HTTP_ENDPOINT", "http://127.0.0.1:1");
    let known = ("AWS_SECRET_ACCESS_KEY", "minioadmin");
    assert_rejected("AWS_SECRET_ACCESS_KEY", "separate key", &[bucket, keys[0], known, allowed]);
    // The storage settings are valid, but no server listens at the endpoint.
    assert_rejected("STORAGE_URL", "cannot be used", &[bucket, keys[0], keys[1], allowed]);
    let same = ("ALLOW_HTTP_ENDPOINT", "HTTP://127.0.0.1:1/");
    assert_rejected("STORAGE_URL", "cannot be used", &[bucket, keys[0], keys[1], same]);
}

#[test]
fn boot_fails_if_mail_is_enabled_without_a_server() {
    assert_rejected("MAILER_HOST", "SMTP server", &[("MAILER_ENABLED", "true")]);
}

#[test]
fn boot_fails_with_a_mail_password_without_encryption() {
    let clear = [
        ("MAILER_ENABLED", "true"),
        ("MAILER_HOST", "mail.example.org"),
        ("MAILER_TLS", "none"),
        ("MAILER_USER", "ballast"),
        ("MAILER_PASSWORD", "n0tMoreThanAGuess"),
    ];
    assert_rejected("MAILER_TLS", "starttls", &clear);
}

#[test]
fn boot_accepts_an_unencrypted_mail_server_without_a_password() {
    let relay = [("MAILER_ENABLED", "true"), ("MAILER_HOST", "127.0.0.1"), ("MAILER_TLS", "none")];
    start(tempfile::tempdir().unwrap().path(), &relay);
}

#[test]
fn boot_fails_with_an_invalid_sender_address() {
    for sender in ["Ballast", "Ballast <.no-reply@example.org>"] {
        assert_rejected("MAILER_FROM", "no-reply@example.org", &[("MAILER_FROM", sender)]);
    }
}

#[test]
fn boot_ignores_variables_of_orchestrators_and_sdks() {
    let injected = [
        ("REDIS_SERVICE_HOST", "10.0.0.7"),
        ("REDIS_SERVICE_PORT", "6379"),
        ("REDIS_PORT", "tcp://10.0.0.7:6379"),
        ("REDIS_PORT_6379_TCP_ADDR", "10.0.0.7"),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/ballast"),
        ("OTEL_SERVICE_NAME", "ballast"),
    ];
    start(tempfile::tempdir().unwrap().path(), &injected);
}

#[test]
fn boot_fails_with_unknown_variables() {
    assert_rejected("RATE_LIMIT_LOGN_REQUESTS", "correct its name", &[("RATE_LIMIT_LOGN_REQUESTS", "5")]);
    assert_rejected("TRUSTED_PROXY", "correct its name", &[("TRUSTED_PROXY", "10.0.0.0/8")]);
    assert_rejected("SESSION_IDLE", "correct its name", &[("SESSION_IDLE", "7")]);
    assert_rejected("REPLICA", "for example to REPLICAS", &[("REPLICA", "2")]);
}

/// Asserts that the program rejects the production configuration for `reason` if `to` replaces `from` in this file.
fn assert_configuration_rejected(reason: &str, from: &str, to: &str) {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string("config/production.yaml").unwrap();
    assert!(text.contains(from), "{from} is not in the configuration");
    fs::write(folder.path().join("production.yaml"), text.replace(from, to)).unwrap();
    assert_rejected(
        &format!("config/production.yaml: {reason}"),
        "",
        &[("LOCO_CONFIG_FOLDER", folder.path().to_str().unwrap())],
    );
}

#[test]
fn boot_fails_with_unknown_configuration_keys() {
    assert_configuration_rejected("server.middlewares.secure_header ", "secure_headers:", "secure_header:");
    assert_configuration_rejected("settings: unknown field `docs_enable`", "docs_enabled:", "docs_enable:");
}

#[test]
fn boot_fails_with_automatic_migration() {
    assert_configuration_rejected("database.auto_migrate", "auto_migrate: false", "auto_migrate: true");
}

#[test]
fn boot_fails_with_truncation_of_the_database() {
    assert_configuration_rejected(
        "database.dangerously_truncate",
        "dangerously_truncate: false",
        "dangerously_truncate: true",
    );
}

#[test]
fn boot_fails_with_the_unchanged_example_file() {
    let text = fs::read_to_string(".env.production.example").unwrap();
    let set: Vec<(&str, &str)> =
        text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('=')).collect();
    assert!(set.contains(&("JWT_SECRET", "")), "{set:?}");
    let reason = boot_error(&set);
    assert!(reason.contains("is not set"), "{reason}");
}

#[test]
fn boot_accepts_a_secret_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jwt_secret");
    fs::write(&file, format!("{SECRET}\n")).unwrap();
    let as_file = [("JWT_SECRET", ""), ("JWT_SECRET_FILE", file.to_str().unwrap())];
    start(folder.path(), &as_file);
    assert_rejected("JWT_SECRET and JWT_SECRET_FILE", "keep one", &[as_file[1]]);
    assert_rejected("JWT_SECRET_FILE", "cannot be read", &[("JWT_SECRET", ""), ("JWT_SECRET_FILE", "/nowhere")]);
}
