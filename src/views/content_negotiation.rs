//! Content negotiation: the weights in `Accept` and similar headers (RFC 9110 section 12.4.2).

use axum::http::{HeaderMap, HeaderName, header};

/// Returns the names of a list with their weights.
pub fn weights(list: &str) -> impl Iterator<Item = (&str, f32)> {
    list.split(',').map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        (name, weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)))
    })
}

/// Returns the weight of a name in a header, or 0 if the header does not contain the name.
#[must_use]
pub fn quality(headers: &HeaderMap, header: &HeaderName, name: &str) -> f32 {
    let named = weights(text(headers, header)).filter(|(listed, _)| listed.eq_ignore_ascii_case(name));
    named.map(|(_, weight)| weight).fold(0.0, f32::max)
}

/// Returns whether the client prefers HTML to JSON, as browsers do.
#[must_use]
pub fn prefers_page(headers: &HeaderMap) -> bool {
    let html = quality(headers, &header::ACCEPT, "text/html");
    html > 0.0 && html >= quality(headers, &header::ACCEPT, "application/json")
}

/// Returns a header as text, or an empty text if the header is missing.
pub(super) fn text<'a>(headers: &'a HeaderMap, header: &HeaderName) -> &'a str {
    headers.get(header).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
