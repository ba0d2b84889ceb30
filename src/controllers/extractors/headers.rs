//! Reads request headers as text.

use axum::http::{HeaderMap, HeaderName, header};

/// Returns a header as text, or an empty text if the header is missing or not ASCII.
pub fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Returns whether `Content-Type` contains this media type. Ignores parameters such as `charset`.
pub fn media_type_is(headers: &HeaderMap, media_type: &str) -> bool {
    let essence = text(headers, header::CONTENT_TYPE).split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(media_type)
}
