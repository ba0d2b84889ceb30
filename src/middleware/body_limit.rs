//! How large a request's body may be: axum counts what is read, and what is announced is refused before.

use axum::{
    Extension,
    extract::{DefaultBodyLimit, Request},
    http::header,
};
use tower::layer::util::Stack;

/// Bytes of a body at most. Of two on one request the route's own holds, which is the inner one.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub usize);

impl BodyLimit {
    /// The layer that holds requests to it.
    #[must_use]
    pub fn layer(self) -> Stack<DefaultBodyLimit, Extension<Self>> {
        Stack::new(DefaultBodyLimit::max(self.0), Extension(self))
    }

    /// Whether a request says beforehand that it is too large.
    #[must_use]
    pub fn is_exceeded_by(request: &Request) -> bool {
        let limit = request.extensions().get::<Self>().map_or(usize::MAX, |limit| limit.0);
        declared_size(request) > limit as u64
    }
}

/// Bytes that a request says it has; none where it does not say.
#[must_use]
pub fn declared_size(request: &Request) -> u64 {
    let length = request.headers().get(header::CONTENT_LENGTH);
    length.and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or_default()
}
