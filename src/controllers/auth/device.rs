//! The cookie that marks a device on which somebody has signed in.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use loco_rs::app::AppContext;

use crate::{
    errors::{AppError, AppResult},
    models::device_tokens::KNOWN_DAYS,
};

/// Over https no other host, and nothing on the way, can set it.
const SECURE: &str = "__Host-device";
/// Without TLS, as in development, where browsers keep no cookie of that name.
const PLAIN: &str = "device";

/// The device's mark, if it has one.
#[derive(Debug, Clone)]
pub struct Device(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Device {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(cookie(&parts.headers, SECURE).or_else(|| cookie(&parts.headers, PLAIN))))
    }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

/// Gives the device its mark.
///
/// # Errors
/// `internal_error` for a mark that no header takes, which none of ours is.
pub fn keep(ctx: &AppContext, headers: &mut HeaderMap, mark: &str) -> AppResult<()> {
    let (name, secure) =
        if ctx.config.server.host.starts_with("https://") { (SECURE, "; Secure") } else { (PLAIN, "") };
    let age = KNOWN_DAYS * 86_400;
    let cookie = format!("{name}={mark}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    headers.append(header::SET_COOKIE, HeaderValue::from_str(&cookie).map_err(AppError::internal)?);
    Ok(())
}
