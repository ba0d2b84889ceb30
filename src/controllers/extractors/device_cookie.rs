//! The cookie that contains the device token of a client.

use axum::http::{HeaderMap, header};
use chrono::Duration;

use crate::{
    cookies::Cookies,
    errors::{AppError, AppResult},
    models::device_tokens::TRUST_DAYS,
};

const NAME: &str = "device";

/// Returns the value of the device cookie. Tries two names, because the name has the prefix `__Host-` only if the
/// public address uses HTTPS.
pub(super) fn read(headers: &HeaderMap) -> Option<String> {
    [true, false].into_iter().find_map(|secure| Cookies::new(secure).value(headers, NAME)).map(str::to_owned)
}

/// Sets the device cookie. `host` is the public address of the application, for example `https://example.org`.
///
/// # Errors
/// `internal_error` if the token cannot be a header value.
pub fn set(headers: &mut HeaderMap, host: &str, token: &str) -> AppResult<()> {
    let cookie = Cookies::new(host.starts_with("https://")).set(NAME, token, Some(Duration::days(TRUST_DAYS)));
    let cookie = cookie.ok_or_else(|| AppError::internal("the device token cannot be a header value"))?;
    headers.append(header::SET_COOKIE, cookie);
    Ok(())
}
