//! Views. A view lists the fields of a response, so that no database row is sent as a whole.

pub mod auth;
pub mod base64;
pub mod content_negotiation;
pub mod decimal_string;
pub mod documents;
pub mod errors;
pub mod file_response;
pub mod health;
pub mod locale;
pub mod markdown;
pub mod pages;
pub mod renderer;
pub mod security_events;
pub mod sessions;
pub mod static_assets;
mod template_filters;
pub mod templates;
pub mod translations;
pub mod typesettings;
pub mod uploads;

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::errors::{AppError, AppResult};

/// Returns a value as a JSON response that must not be cached.
///
/// # Errors
/// `internal_error` if the value cannot be serialized, which is a bug of the view.
pub fn json(value: &impl Serialize) -> AppResult<Response> {
    let body = serde_json::to_vec(value).map_err(AppError::internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, body).into_response())
}
