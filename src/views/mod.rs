//! What goes on the wire. Rows never do: a view names each field that may be seen.

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

/// A value as a JSON answer that nobody may keep.
///
/// # Errors
/// When the value cannot be written as JSON, which is a fault of the view.
pub fn json(value: &impl Serialize) -> AppResult<Response> {
    let body = serde_json::to_vec(value).map_err(AppError::internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, body).into_response())
}
