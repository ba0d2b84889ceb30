//! Serves the files in `assets/static`.

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use loco_rs::app::AppContext;

use crate::{
    controllers::extractors::Path,
    errors::{AppError, AppResult},
    views::{
        content_negotiation::quality,
        static_assets::{Asset, StaticAssets},
    },
};

/// `Cache-Control` of files whose names contain the hash of the content.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// `Cache-Control` of files whose names contain no hash.
const ONE_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Name of the icon that browsers request if a response, for example a PDF, contains no link to an icon.
const FAVICON: &str = "favicon.ico";

/// Returns the route of the files below `/static`, and the route of the favicon.
pub fn router(assets: StaticAssets) -> Router<AppContext> {
    Router::new().route("/static/{name}", get(file)).route("/favicon.ico", get(favicon)).with_state(assets)
}

async fn file(State(assets): State<StaticAssets>, Path(name): Path<String>, headers: HeaderMap) -> AppResult<Response> {
    send(&assets, &name, &headers)
}

async fn favicon(State(assets): State<StaticAssets>, headers: HeaderMap) -> AppResult<Response> {
    send(&assets, FAVICON, &headers)
}

fn send(assets: &StaticAssets, name: &str, headers: &HeaderMap) -> AppResult<Response> {
    let (asset, has_hash) = assets.find(name).ok_or_else(AppError::not_found)?;
    let mut response = body(&asset, headers);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    headers.insert(header::CACHE_CONTROL, if has_hash { IMMUTABLE } else { ONE_HOUR });
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Ok(response)
}

fn body(asset: &Asset, wanted: &HeaderMap) -> Response {
    match asset.gzip.as_ref().filter(|_| quality(wanted, &header::ACCEPT_ENCODING, "gzip") > 0.0) {
        Some(gzip) => ([(header::CONTENT_ENCODING, "gzip")], Body::from(gzip.clone())).into_response(),
        None => Body::from(asset.bytes.clone()).into_response(),
    }
}
