//! Serves the files in `assets/static`: those that are there, and nothing about the rest.

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use loco_rs::app::AppContext;

use super::extractors::Path;
use crate::{
    errors::{AppError, AppResult},
    views::{
        content_negotiation::quality,
        static_assets::{Asset, Assets},
    },
};

/// A name that changes with its content may be kept for a year, which is as long as anything may.
const LASTING: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const BRIEF: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// What browsers ask for where nothing names a picture: beside a PDF, for one.
const PICTURE: &str = "favicon.ico";

/// The routes under `/static`, and the one file that is asked for outside.
pub fn router(assets: Assets) -> Router<AppContext> {
    Router::new().route("/static/{name}", get(file)).route("/favicon.ico", get(picture)).with_state(assets)
}

async fn file(State(assets): State<Assets>, Path(name): Path<String>, headers: HeaderMap) -> AppResult<Response> {
    send(&assets, &name, &headers)
}

async fn picture(State(assets): State<Assets>, headers: HeaderMap) -> AppResult<Response> {
    send(&assets, PICTURE, &headers)
}

fn send(assets: &Assets, name: &str, headers: &HeaderMap) -> AppResult<Response> {
    let (asset, lasting) = assets.find(name).ok_or_else(AppError::not_found)?;
    let mut response = body(&asset, headers);
    let given = response.headers_mut();
    given.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    given.insert(header::CACHE_CONTROL, if lasting { LASTING } else { BRIEF });
    given.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(response)
}

fn body(asset: &Asset, wanted: &HeaderMap) -> Response {
    match asset.gzip.as_ref().filter(|_| quality(wanted, &header::ACCEPT_ENCODING, "gzip") > 0.0) {
        Some(gzip) => ([(header::CONTENT_ENCODING, "gzip")], Body::from(gzip.clone())).into_response(),
        None => Body::from(asset.bytes.clone()).into_response(),
    }
}
