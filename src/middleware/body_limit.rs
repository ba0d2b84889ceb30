//! Limits the size of request bodies. Extractors count the bytes while they read a body. The extractors of this project
//! also reject a request before they read the body if `Content-Length` exceeds the limit.

use axum::{
    Extension,
    extract::{DefaultBodyLimit, Request},
    http::header,
};
use tower::layer::util::Stack;

/// Maximum size of a request body, in bytes. The limit of a route replaces the general limit, because the layer of the
/// route is the inner layer.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub usize);

impl BodyLimit {
    /// Returns the layer that enforces the limit.
    #[must_use]
    pub fn layer(self) -> Stack<DefaultBodyLimit, Extension<Self>> {
        Stack::new(DefaultBodyLimit::max(self.0), Extension(self))
    }

    /// Returns whether the `Content-Length` of a request exceeds the limit.
    #[must_use]
    pub fn is_exceeded_by(request: &Request) -> bool {
        let limit = request.extensions().get::<Self>().map_or(usize::MAX, |limit| limit.0);
        declared_size(request) > limit as u64
    }
}

/// Returns the `Content-Length` of a request in bytes, or 0 if the header is missing or invalid.
#[must_use]
pub fn declared_size(request: &Request) -> u64 {
    let length = request.headers().get(header::CONTENT_LENGTH);
    length.and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or_default()
}
