//! Turns away what no handler should see: what is too large, or would mean different things to
//! different readers.

use axum::{
    extract::Request,
    http::{HeaderName, Version, header},
};

use crate::errors::{AppError, Code};

/// Bytes of a request's path and query at most.
const TARGET_BYTES: usize = 8 * 1024;
/// Bytes of all header lines at most. hyper's own bound holds for what it has read at once, which
/// may be almost twice that.
const HEADER_BYTES: usize = 32 * 1024;

/// What is wrong with a request before anything of it is understood.
#[must_use]
pub fn refusal(request: &Request) -> Option<AppError> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    // A name, a colon, a space, a value, the end of the line.
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if target > TARGET_BYTES {
        return Some(AppError::new(Code::UriTooLong));
    }
    if headers > HEADER_BYTES {
        return Some(AppError::new(Code::RequestHeaderFieldsTooLarge));
    }
    encoded(request).or_else(|| ambiguous(request))
}

/// Nothing here unpacks a body, so one that is packed would be taken for what it is not.
fn encoded(request: &Request) -> Option<AppError> {
    let encoding = request.headers().get(header::CONTENT_ENCODING)?;
    let packed = !encoding.as_bytes().eq_ignore_ascii_case(b"identity");
    packed
        .then(|| AppError::new(Code::UnsupportedMediaType).saying("The request body must not have a Content-Encoding."))
}

/// Headers that count once, and the host that HTTP/1.1 asks for (RFC 9112 section 3.2).
fn ambiguous(request: &Request) -> Option<AppError> {
    let count = |name: &HeaderName| request.headers().get_all(name).iter().count();
    let twice = [header::HOST, header::AUTHORIZATION, header::CONTENT_TYPE].into_iter().find(|name| count(name) > 1);
    if let Some(name) = twice {
        return Some(AppError::bad_request(format!("The {name} header is duplicated.")));
    }
    let nameless = request.version() == Version::HTTP_11 && count(&header::HOST) == 0;
    nameless.then(|| AppError::bad_request("The Host header is missing."))
}
