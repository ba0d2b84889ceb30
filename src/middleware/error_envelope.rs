//! Renders every error in the error format and logs the cause once.

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

/// Passes a request on, and renders an error in the error format. The error may be a timeout, a panic, or an error of a
/// handler, of an extractor, of a fallback or of Loco.
///
/// If `precheck_error` is `Some`, rejects the request with this error before a handler runs. Large responses reserve
/// memory from the budget `memory`.
pub async fn wrap_errors(
    templates: &TeraView,
    timeout: Duration,
    precheck_error: Option<AppError>,
    memory: &ResponseMemory,
    request: Request,
    next: Next,
) -> Response {
    let head = request.method() == Method::HEAD;
    let page_language = wants_page(&request).then(|| Language::accepted(request.headers()));
    let response = AssertUnwindSafe(respond(precheck_error, memory, request, next)).catch_unwind();
    let mut response = match tokio::time::timeout(timeout, response).await {
        Ok(Ok(response)) => response,
        // Does not log the panic again, because the panic hook has logged the panic.
        Ok(Err(_)) => AppError::new(Code::InternalError).into_response(),
        Err(_) => AppError::new(Code::RequestTimeout).into_response(),
    };
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error())
        || response.extensions().get::<SkipErrorEnvelope>().is_some()
    {
        return response;
    }
    let error = response.extensions().get::<Arc<AppError>>().cloned();
    let error = error.unwrap_or_else(|| Arc::new(AppError::new(Code::of_status(status))));
    report(&error);
    let (content_type, body) = match page_language {
        Some(language) => views::errors::page(templates, language, &error),
        None => views::errors::json(&error),
    };
    set_headers(response.headers_mut(), &error, content_type);
    response.extensions_mut().insert(error);
    *response.body_mut() = if head { Body::empty() } else { Body::from(body) };
    response
}

/// Response extension. [`wrap_errors`] does not change an error response with this extension, such as the health
/// response.
#[derive(Debug, Clone, Copy)]
pub struct SkipErrorEnvelope;

/// Returns whether the path is outside the API and the client prefers HTML to JSON.
fn wants_page(request: &Request) -> bool {
    let path = request.uri().path();
    let api = path == "/api" || path.starts_with("/api/");
    !api && prefers_page(request.headers())
}

/// Logs an error. Skips an error with an event name, because the access log contains the event name.
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
            "request failed: {}",
            error.message
        );
    } else if let Some(cause) = &error.cause {
        tracing::debug!(error_code = error.code.name(), %cause, "request rejected");
    }
}

/// Sets the headers of an error response. Keeps headers such as `Allow`, `Content-Range` and the limit status.
fn set_headers(headers: &mut HeaderMap, error: &AppError, content_type: &'static str) {
    for name in [
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
        header::ETAG,
        header::LAST_MODIFIED,
        header::TRANSFER_ENCODING,
    ] {
        headers.remove(name);
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

/// Returns the value of `Retry-After` in seconds. Every 503 response has this header.
fn retry_after(error: &AppError) -> Option<u64> {
    error.retry_after.or((error.code == Code::ServiceUnavailable).then_some(1))
}

async fn respond(precheck_error: Option<AppError>, memory: &ResponseMemory, request: Request, next: Next) -> Response {
    if let Some(error) = precheck_error.or_else(|| request_validation::rejection(&request)) {
        return error.into_response();
    }
    let reservation = request.extensions().get().cloned().filter(|_| !request.method().is_safe());
    let response = next.run(request).await;
    memory.hold(response, reservation).await.unwrap_or_else(IntoResponse::into_response)
}
