//! The security headers of every answer, read from Loco's `secure_headers` block once.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use loco_rs::controller::middleware::Config;

/// Loco's own layer copies its whole list for each request, several times; these are made at boot.
pub struct SecurityHeaders(Vec<(HeaderName, HeaderValue)>);

impl SecurityHeaders {
    /// The block's headers; a name or value that cannot be one is left out, and said so.
    pub fn of(config: &Config) -> Self {
        let block = config.secure_headers.as_ref().filter(|block| block.enable);
        let listed = block.and_then(|block| block.overrides.as_ref()).into_iter().flatten();
        Self(listed.filter_map(|(name, value)| parse(name, value)).collect())
    }

    /// Adds those that the answer does not have already.
    pub fn add(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        // Who it was meant for alone: a cookie is as good as a token.
        if headers.contains_key(header::SET_COOKIE) {
            headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        }
    }
}

fn parse(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let parsed = name.parse().ok().zip(value.parse().ok());
    if parsed.is_none() {
        tracing::error!(name, "a header of `secure_headers` cannot be sent");
    }
    parsed
}
