//! Adds the security headers of Loco's `secure_headers` block to every response.

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use loco_rs::controller::middleware::Config;

/// Security headers, parsed once at the start. Loco's own layer would copy its list of headers several times per
/// request.
pub struct SecurityHeaders(Vec<(HeaderName, HeaderValue)>);

impl SecurityHeaders {
    /// Parses the headers of the `secure_headers` block. Logs and skips an invalid name or value.
    pub fn of(config: &Config) -> Self {
        let block = config.secure_headers.as_ref().filter(|block| block.enable);
        let listed = block.and_then(|block| block.overrides.as_ref()).into_iter().flatten();
        Self(listed.filter_map(|(name, value)| parse(name, value)).collect())
    }

    /// Adds the security headers that the response does not already contain.
    pub fn add(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            headers.entry(name).or_insert_with(|| value.clone());
        }
        // Forbids caches to store a response with a cookie, because a session cookie grants access.
        if headers.contains_key(header::SET_COOKIE) {
            headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        }
    }
}

/// Parses a name and a value. Leaks both texts, which are parsed once per start, because a static text needs no reference
/// count. All threads would otherwise update the same count for each response.
fn parse(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let parsed = name.parse::<HeaderName>().ok().map(|_| HeaderName::from_static(name.to_ascii_lowercase().leak()));
    let value = HeaderValue::from_maybe_shared(Bytes::from_static(value.to_owned().leak().as_bytes())).ok();
    if parsed.is_none() || value.is_none() {
        tracing::error!(name, "invalid header in `secure_headers` ignored");
    }
    parsed.zip(value)
}
