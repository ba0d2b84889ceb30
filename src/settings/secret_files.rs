//! Secrets that come as files, as containers are given them: `JWT_SECRET_FILE` names the file whose
//! text is `JWT_SECRET`.

use std::fs;

/// The variables that may come as a file.
pub const SECRETS: [&str; 7] = [
    "JWT_SECRET",
    "DATABASE_URL",
    "REDIS_URL",
    "MAILER_PASSWORD",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "OTEL_EXPORTER_OTLP_HEADERS",
];

/// Each secret that came as a file, with its text; the name of its file's variable beside it.
///
/// # Errors
/// One line that names the variable: a file that cannot be read, or a secret given twice.
pub fn read() -> Result<Vec<(&'static str, String, String)>, String> {
    let given = SECRETS.iter().filter_map(|name| {
        let file_variable = format!("{name}_FILE");
        variable(&file_variable).map(|path| (*name, path, file_variable))
    });
    given.map(|(name, path, file_variable)| Ok((name, text(name, &path, &file_variable)?, file_variable))).collect()
}

/// Addresses of services that may have a password in them.
const ADDRESSES: [&str; 7] = [
    "DATABASE_URL",
    "REDIS_URL",
    "STORAGE_URL",
    "AWS_ENDPOINT_URL",
    "ALLOW_HTTP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "MAILER_HOST",
];

/// The texts that no line of the log may contain. The path of an SQLite database is none of them.
pub(super) fn secrets() -> Vec<String> {
    let given = SECRETS.iter().filter_map(|name| variable(name)).filter(|value| !value.starts_with("sqlite:"));
    // Each header's value may appear without the others.
    let headers = variable("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default();
    let values = headers.split(',').filter_map(|pair| Some(pair.split_once('=')?.1.trim().to_owned()));
    given.chain(values).collect()
}

/// The addresses whose passwords no line of the log may contain.
pub(super) fn addresses() -> Vec<String> {
    ADDRESSES.iter().filter_map(|name| variable(name)).collect()
}

fn text(name: &str, path: &str, file_variable: &str) -> Result<String, String> {
    if variable(name).is_some() {
        return Err(format!("{name} and {file_variable} are both set: keep one of them"));
    }
    let text = fs::read_to_string(path);
    text.map(|text| text.trim().to_owned()).map_err(|error| format!("{file_variable}: {path} cannot be read ({error})"))
}

#[expect(clippy::disallowed_methods, reason = "the one place that turns a file into a variable, before any is read")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
