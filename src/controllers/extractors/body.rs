//! Reads and parses request bodies within the size limit of the route and the memory budget of all bodies.

use std::{
    error::Error,
    num::NonZeroUsize,
    sync::{Arc, LazyLock},
    thread::available_parallelism,
};

use axum::{body::Bytes, extract::Request};
use futures_util::StreamExt;
use tokio::{sync::Semaphore, task::spawn_blocking};
use tower_http::timeout::TimeoutError;

use crate::{
    errors::{AppError, AppResult, Code},
    middleware::{body_limit::BodyLimit, body_memory::Reservation},
};

/// Maximum size of a body that is parsed on the thread of the request, in bytes. Moving a small body to another thread
/// would take longer than parsing the body.
const INLINE_BYTES: usize = 64 * 1024;

/// Permits for parsing large bodies, one permit per core. More permits would delay all other requests.
static PARSERS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, NonZeroUsize::get)));

/// Reads a whole body. Copies all chunks into one buffer, because a list of chunks would occupy 32 bytes per chunk in
/// addition to the content.
///
/// # Errors
/// - `payload_too_large` if the body exceeds the size limit. If `Content-Length` exceeds the limit, the body is not
///   read.
/// - `request_timeout` if the client pauses too long while sending the body.
/// - `bad_request` if the body is incomplete.
/// - `service_unavailable` if the bodies of other requests use up the memory budget.
pub(super) async fn read(request: Request) -> AppResult<Bytes> {
    if BodyLimit::is_exceeded_by(&request) {
        return Err(AppError::new(Code::PayloadTooLarge));
    }
    let limit = request.extensions().get::<BodyLimit>().map_or(usize::MAX, |limit| limit.0);
    let memory = request.extensions().get::<Arc<Reservation>>().cloned();
    let mut chunks = request.into_body().into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| body_error(&error))?;
        let size = bytes.len() + chunk.len();
        if size > limit {
            return Err(AppError::new(Code::PayloadTooLarge));
        }
        if let Some(memory) = &memory {
            memory.grow_to(size)?;
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

/// Parses a body. Uses another thread for a body above 64 KiB, because parsing a few MiB of JSON would block the
/// thread of the request for tens of milliseconds.
///
/// # Errors
/// Returns the errors of `parse`.
pub(super) async fn parse<T: Send + 'static>(
    bytes: Bytes,
    parse: impl FnOnce(&[u8]) -> AppResult<T> + Send + 'static,
) -> AppResult<T> {
    if bytes.len() <= INLINE_BYTES {
        return parse(&bytes);
    }
    let permit = PARSERS.acquire().await.map_err(AppError::internal)?;
    let parsed = spawn_blocking(move || {
        let _permit = permit;
        parse(&bytes)
    });
    parsed.await.map_err(AppError::internal)?
}

fn body_error(error: &axum::Error) -> AppError {
    AppError::new(if is_body_timeout(error) { Code::RequestTimeout } else { Code::BadRequest })
}

/// Returns whether an error means that the client paused too long while sending the body.
pub fn is_body_timeout(error: &(dyn Error + 'static)) -> bool {
    error.is::<TimeoutError>() || error.source().is_some_and(is_body_timeout)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[tokio::test]
    async fn only_a_large_body_is_parsed_on_another_thread() {
        let here = thread::current().id();
        for (bytes, is_here) in [(INLINE_BYTES, true), (INLINE_BYTES + 1, false)] {
            let thread = parse(vec![0; bytes].into(), |_| Ok(thread::current().id())).await.unwrap();
            assert_eq!(thread == here, is_here, "{bytes}");
        }
    }

    #[tokio::test]
    async fn large_body_that_cannot_be_parsed_is_an_error() {
        let rejected = parse::<()>(vec![0; INLINE_BYTES + 1].into(), |_| Err(AppError::bad_request("no"))).await;
        assert_eq!(rejected.unwrap_err().code, Code::BadRequest);
    }
}
