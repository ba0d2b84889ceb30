//! Content negotiation: the weights in `Accept` and similar headers (RFC 9110 section 12.4.2).

use axum::http::{HeaderMap, HeaderName, header};

/// Returns each name in a comma-separated header value, with its weight. A missing weight is 1, and an invalid weight
/// is 0.
pub fn weights(list: &str) -> impl Iterator<Item = (&str, f32)> {
    list.split(',').map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        (name, weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)))
    })
}

/// Returns the highest weight of a name in a header, or 0 if the header does not contain the name.
#[must_use]
pub fn quality(headers: &HeaderMap, header: &HeaderName, name: &str) -> f32 {
    let listed = lines(headers, header).flat_map(weights);
    let named = listed.filter(|(listed, _)| listed.eq_ignore_ascii_case(name));
    named.map(|(_, weight)| weight).fold(0.0, f32::max)
}

/// Returns whether the client accepts HTML with at least the weight of JSON, as browsers do.
#[must_use]
pub fn prefers_page(headers: &HeaderMap) -> bool {
    let html = quality(headers, &header::ACCEPT, "text/html");
    html > 0.0 && html >= quality(headers, &header::ACCEPT, "application/json")
}

/// Returns the value of each line of a header. Skips a value that is not visible ASCII. Several lines with the same
/// header name form one list (RFC 9110 section 5.3).
pub fn lines<'a>(headers: &'a HeaderMap, header: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(header).iter().filter_map(|value| value.to_str().ok())
}
