//! Gives every failure, whatever caused it, the one shape, and writes its cause to the log once.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use loco_rs::controller::views::engines::TeraView;

use super::{body_memory::ResponseMemory, request_validation};
use crate::{
    errors::{AppError, Code},
    views::{self, content_negotiation::prefers_page, locale::Language},
};

/// Passes a request on and gives what fails the one shape: handlers, extractors, fallbacks, Loco's
/// own answers and panics alike.
///
/// `early` is what the request fails with before anything of it is looked at. `memory` is reserved for large responses.
pub async fn envelop(
    pages: Option<&TeraView>,
    timeout: Duration,
    early: Option<AppError>,
    memory: &ResponseMemory,
    request: Request,
    next: Next,
) -> Response {
    let head = request.method() == Method::HEAD;
    let page = wants_page(&request).then(|| Language::accepted(request.headers()));
    let answer = tokio::time::timeout(timeout, AssertUnwindSafe(answer(early, memory, request, next)).catch_unwind());
    let mut response = match answer.await {
        Ok(Ok(response)) => response,
        // The panic hook has written where and why.
        Ok(Err(_)) => AppError::new(Code::InternalError).into_response(),
        Err(_) => AppError::new(Code::RequestTimeout).into_response(),
    };
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || response.extensions().get::<AsIs>().is_some() {
        return response;
    }
    let error = response.extensions().get::<Arc<AppError>>().cloned();
    let error = error.unwrap_or_else(|| Arc::new(AppError::new(Code::of_status(status))));
    report(&error);
    let shown = match (pages, page) {
        (Some(pages), Some(language)) => views::errors::page(pages, language, &error),
        _ => views::errors::json(&error),
    };
    let (content_type, body) = shown;
    fill(response.headers_mut(), &error, content_type);
    response.extensions_mut().insert(error);
    *response.body_mut() = if head { Body::empty() } else { Body::from(body) };
    response
}

/// Marks a response of status 400 and up that has a shape of its own: health.
#[derive(Debug, Clone, Copy)]
pub struct AsIs;

/// A path outside the API whose client would rather have HTML than JSON.
fn wants_page(request: &Request) -> bool {
    let path = request.uri().path();
    let api = path == "/api" || path.starts_with("/api/");
    !api && prefers_page(request.headers())
}

/// What is noted stands in the line of its request, and needs no line of its own.
fn report(error: &AppError) {
    if error.event.is_some() {
        return;
    }
    if error.code.status().is_server_error() {
        let cause = error.cause.as_ref().map(tracing::field::display);
        tracing::error!(
            event = "request_failed",
            error_code = error.code.name(),
            cause,
            "a request failed: {}",
            error.message
        );
    } else if let Some(cause) = &error.cause {
        tracing::debug!(error_code = error.code.name(), %cause, "a request was refused");
    }
}

/// What goes with the body; headers that the failing part set (`Allow`, `Content-Range`, limits) stay.
fn fill(headers: &mut HeaderMap, error: &AppError, content_type: &'static str) {
    for stale in [
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
        header::ETAG,
        header::LAST_MODIFIED,
        header::TRANSFER_ENCODING,
    ] {
        headers.remove(stale);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if error.code == Code::Unauthorized {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = retry_after(error) {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
}

/// A client told that we are busy is also told when to come again.
fn retry_after(error: &AppError) -> Option<u64> {
    error.retry_after.or((error.code == Code::ServiceUnavailable).then_some(1))
}

async fn answer(early: Option<AppError>, memory: &ResponseMemory, request: Request, next: Next) -> Response {
    if let Some(error) = early.or_else(|| request_validation::refusal(&request)) {
        return error.into_response();
    }
    let reservation = request.extensions().get().cloned().filter(|_| !request.method().is_safe());
    let response = next.run(request).await;
    memory.hold(response, reservation).await.unwrap_or_else(IntoResponse::into_response)
}
