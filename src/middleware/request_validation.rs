//! Rejects requests with a URL or headers that are too large, requests with a compressed body, and requests that
//! proxies and servers could interpret differently.

use axum::{
    extract::Request,
    http::{HeaderName, Version, header},
};

use crate::errors::{AppError, Code};

/// Maximum length of the path and the query together, in bytes.
const MAX_TARGET_BYTES: usize = 8 * 1024;
/// Maximum size of all header lines together, in bytes. A limit in hyper would not be exact: hyper checks its limit
/// only between two reads, and admits almost twice as many bytes.
const MAX_HEADER_BYTES: usize = 32 * 1024;

/// Returns the error of an invalid request, or `None` for a valid request.
#[must_use]
pub fn rejection(request: &Request) -> Option<AppError> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    // A header line also contains a colon, a space and CRLF, which are four bytes.
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if target > MAX_TARGET_BYTES {
        return Some(AppError::new(Code::UriTooLong));
    }
    if headers > MAX_HEADER_BYTES {
        return Some(AppError::new(Code::RequestHeaderFieldsTooLarge));
    }
    encoded(request).or_else(|| ambiguous(request))
}

/// Rejects compressed bodies, because no handler decompresses bodies. Checks every coding in every `Content-Encoding`
/// line.
fn encoded(request: &Request) -> Option<AppError> {
    let lines = request.headers().get_all(header::CONTENT_ENCODING).iter();
    let mut codings = lines.flat_map(|line| line.as_bytes().split(|&byte| byte == b','));
    let is_compressed = codings.any(|coding| !coding.trim_ascii().eq_ignore_ascii_case(b"identity"));
    is_compressed.then(|| {
        AppError::new(Code::UnsupportedMediaType).with_message("The request body must not have a Content-Encoding.")
    })
}

/// Returns the headers that must not be duplicated, because the server uses only one value of each of these headers.
/// Headers that contain lists may have several lines, and the server reads all lines (RFC 9110 section 5.3).
fn single_headers() -> [HeaderName; 6] {
    let idempotency_key = HeaderName::from_static("idempotency-key");
    [header::HOST, header::AUTHORIZATION, header::CONTENT_TYPE, header::RANGE, header::IF_RANGE, idempotency_key]
}

/// Rejects requests with a duplicated header, and HTTP/1.1 requests without a `Host` header (RFC 9112 section 3.2).
fn ambiguous(request: &Request) -> Option<AppError> {
    let count = |name: &HeaderName| request.headers().get_all(name).iter().count();
    let duplicated = single_headers().into_iter().find(|name| count(name) > 1);
    if let Some(name) = duplicated {
        return Some(AppError::bad_request(format!("The {name} header is duplicated.")));
    }
    let lacks_host = request.version() == Version::HTTP_11 && count(&header::HOST) == 0;
    lacks_host.then(|| AppError::bad_request("The Host header is missing."))
}
