//! The cookie that contains the device token of a client.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::{
    errors::{AppError, AppResult},
    models::device_tokens::TRUST_DAYS,
};

/// Cookie name with TLS. Because of the prefix `__Host-`, browsers reject this cookie from other hosts and from plain
/// HTTP.
const SECURE_NAME: &str = "__Host-device";
/// Cookie name without TLS, for development. Without TLS, browsers reject the prefix `__Host-`.
const PLAIN_NAME: &str = "device";
const SECONDS_PER_DAY: i64 = 86_400;

/// Returns the value of the device cookie.
pub(super) fn read(headers: &HeaderMap) -> Option<String> {
    cookie(headers, SECURE_NAME).or_else(|| cookie(headers, PLAIN_NAME))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

/// Sets the device cookie. `host` is the public address of the application.
///
/// # Errors
/// `internal_error` if the token cannot be a header value.
pub fn set(headers: &mut HeaderMap, host: &str, token: &str) -> AppResult<()> {
    let (name, secure) = if host.starts_with("https://") { (SECURE_NAME, "; Secure") } else { (PLAIN_NAME, "") };
    let age = TRUST_DAYS * SECONDS_PER_DAY;
    let cookie = format!("{name}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    headers.append(header::SET_COOKIE, HeaderValue::from_str(&cookie).map_err(AppError::internal)?);
    Ok(())
}
