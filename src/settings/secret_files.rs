//! Reads secrets from files, for example in containers. `JWT_SECRET_FILE` is the path of the file with `JWT_SECRET`.

use std::fs;

/// Variables whose values may be in files.
pub const SECRETS: [&str; 7] = [
    "JWT_SECRET",
    "DATABASE_URL",
    "REDIS_URL",
    "MAILER_PASSWORD",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "OTEL_EXPORTER_OTLP_HEADERS",
];

/// Returns the secrets that are stored in files. Each tuple contains the variable of the secret, its value, and the
/// variable with the path of its file.
///
/// # Errors
/// Returns one line that names the variable, if a file cannot be read or if both variables of a secret are set.
pub fn read() -> Result<Vec<(&'static str, String, String)>, String> {
    let given = SECRETS.iter().filter_map(|name| {
        let file_variable = format!("{name}_FILE");
        variable(&file_variable).map(|path| (*name, path, file_variable))
    });
    given.map(|(name, path, file_variable)| Ok((name, text(name, &path, &file_variable)?, file_variable))).collect()
}

/// Variables whose values may be URLs that contain a password.
const ADDRESSES: [&str; 7] = [
    "DATABASE_URL",
    "REDIS_URL",
    "STORAGE_URL",
    "AWS_ENDPOINT_URL",
    "ALLOW_HTTP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "MAILER_HOST",
];

/// Returns the secrets that the log must not contain. The path of an SQLite database is not a secret.
pub(super) fn secrets() -> Vec<String> {
    let given = SECRETS.iter().filter_map(|name| variable(name)).filter(|value| !value.starts_with("sqlite:"));
    // Also adds the value of each header, because a message may contain only one header value.
    let headers = variable("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default();
    let values = headers.split(',').filter_map(|pair| Some(pair.split_once('=')?.1.trim().to_owned()));
    given.chain(values).collect()
}

/// Returns the URLs whose passwords the log must not contain.
pub(super) fn addresses() -> Vec<String> {
    ADDRESSES.iter().filter_map(|name| variable(name)).collect()
}

fn text(name: &str, path: &str, file_variable: &str) -> Result<String, String> {
    if variable(name).is_some() {
        return Err(format!("{name} and {file_variable} are both set: keep one of them"));
    }
    let text = fs::read_to_string(path);
    text.map(|text| text.trim().to_owned())
        .map_err(|error| format!("{file_variable}: {path} cannot be read ({error}): correct the path"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "runs before the settings are loaded, because the settings need the secrets"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
