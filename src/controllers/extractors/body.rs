//! Reads a request's body into memory, within the route's limit and the memory for all bodies, and parses it.

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

/// Bytes of a body that is parsed on the thread that serves the request: handing it to another thread takes longer.
const INLINE_BYTES: usize = 64 * 1024;

/// One permit per core: more bodies at once would take the processor from requests that wait for little.
static PARSERS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, NonZeroUsize::get)));

/// Reads a body to its end. Chunks are copied together, because a chunk of one byte takes 32 bytes by itself.
///
/// # Errors
/// `payload_too_large`, also before anything is read where the request announces it; `request_timeout` for a
/// body that pauses for too long; `bad_request` for one that breaks off; `service_unavailable` while other
/// bodies use up the memory.
pub(super) async fn read(request: Request) -> AppResult<Bytes> {
    if BodyLimit::is_exceeded_by(&request) {
        return Err(AppError::new(Code::PayloadTooLarge));
    }
    let limit = request.extensions().get::<BodyLimit>().map_or(usize::MAX, |limit| limit.0);
    let memory = request.extensions().get::<Arc<Reservation>>().cloned();
    let mut chunks = request.into_body().into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| unread(&error))?;
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

/// Parses a body. One above 64 KiB is parsed on a thread that serves no requests, because a JSON text of a few MiB takes
/// tens of milliseconds.
///
/// # Errors
/// Those of `parse`.
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

fn unread(error: &axum::Error) -> AppError {
    AppError::new(if stalled(error) { Code::RequestTimeout } else { Code::BadRequest })
}

/// Returns whether a body paused for longer than it may.
pub fn stalled(error: &(dyn Error + 'static)) -> bool {
    error.is::<TimeoutError>() || error.source().is_some_and(stalled)
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
