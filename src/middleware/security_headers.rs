//! Adds the security headers of Loco's `secure_headers` block to every response.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use loco_rs::controller::middleware::Config;

/// Headers that are parsed once at the start, because Loco's own layer copies its list several times per request.
pub struct SecurityHeaders(Vec<(HeaderName, HeaderValue)>);

impl SecurityHeaders {
    /// Parses the headers of the block. An invalid name or value is logged and left out.
    pub fn of(config: &Config) -> Self {
        let block = config.secure_headers.as_ref().filter(|block| block.enable);
        let listed = block.and_then(|block| block.overrides.as_ref()).into_iter().flatten();
        Self(listed.filter_map(|(name, value)| parse(name, value)).collect())
    }

    /// Adds the headers that the response does not contain already.
    pub fn add(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        // No cache may store a cookie, because a cookie grants access as a token does.
        if headers.contains_key(header::SET_COOKIE) {
            headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        }
    }
}

fn parse(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let parsed = name.parse().ok().zip(value.parse().ok());
    if parsed.is_none() {
        tracing::error!(name, "invalid header in `secure_headers` ignored");
    }
    parsed
}
