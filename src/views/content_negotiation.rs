//! What a client would rather have: its weights in `Accept` and its kin (RFC 9110 section 12.4.2).

use axum::http::{HeaderMap, HeaderName, header};

/// Each name in a list with the weight it has there.
pub fn weights(list: &str) -> impl Iterator<Item = (&str, f32)> {
    list.split(',').map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        (name, weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)))
    })
}

/// How much a client wants what it names in this header; 0 for what it does not.
#[must_use]
pub fn quality(headers: &HeaderMap, header: &HeaderName, name: &str) -> f32 {
    let named = weights(text(headers, header)).filter(|(listed, _)| listed.eq_ignore_ascii_case(name));
    named.map(|(_, weight)| weight).fold(0.0, f32::max)
}

/// Whether a client would rather have HTML than JSON: a browser that shows a page.
#[must_use]
pub fn prefers_page(headers: &HeaderMap) -> bool {
    let html = quality(headers, &header::ACCEPT, "text/html");
    html > 0.0 && html >= quality(headers, &header::ACCEPT, "application/json")
}

/// A header as text; nothing where it is missing.
pub(super) fn text<'a>(headers: &'a HeaderMap, header: &HeaderName) -> &'a str {
    headers.get(header).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
