//! Reads a request's body into memory: within the route's limit, and within the memory for all bodies.

use std::{error::Error, sync::Arc};

use axum::{body::Bytes, extract::Request};
use futures_util::StreamExt;
use tower_http::timeout::TimeoutError;

use crate::{
    errors::{AppError, AppResult, Code},
    middleware::{body_limit::BodyLimit, body_memory::Reservation},
};

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

fn unread(error: &axum::Error) -> AppError {
    AppError::new(if stalled(error) { Code::RequestTimeout } else { Code::BadRequest })
}

/// Returns whether a body paused for longer than it may.
pub fn stalled(error: &(dyn Error + 'static)) -> bool {
    error.is::<TimeoutError>() || error.source().is_some_and(stalled)
}
