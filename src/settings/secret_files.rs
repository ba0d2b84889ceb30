//! Secrets that come as files, as containers are given them: `JWT_SECRET_FILE` names the file whose
//! text is `JWT_SECRET`.

use std::fs;

/// The variables that may come as a file.
const SECRETS: [&str; 7] = [
    "JWT_SECRET",
    "DATABASE_URL",
    "REDIS_URL",
    "MAILER_PASSWORD",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "OTEL_EXPORTER_OTLP_HEADERS",
];

/// Bytes of a secret that is looked for in a text: a shorter one is part of many words.
const MIN_REDACTED: usize = 4;

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
const ADDRESSES: [&str; 4] = ["STORAGE_URL", "AWS_ENDPOINT_URL", "OTEL_EXPORTER_OTLP_ENDPOINT", "MAILER_HOST"];

/// Replaces every secret of the environment in a text: a last net for errors of libraries, which may repeat
/// what they were given.
#[must_use]
pub fn redact(text: &str) -> String {
    let secrets = SECRETS.iter().filter_map(|name| variable(name));
    let addresses = SECRETS.iter().chain(&ADDRESSES).filter_map(|name| password(&variable(name)?));
    // The longest first, so that no part of one is left.
    let mut secrets: Vec<String> = secrets.chain(addresses).filter(|secret| secret.len() >= MIN_REDACTED).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "[redacted]"))
}

/// The password of an address, `SCHEME://USER:PASSWORD@HOST`, however badly it is encoded.
fn password(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let (credentials, _) = rest.rsplit_once('@')?;
    credentials.split_once(':').map(|(_, password)| password.to_owned())
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
