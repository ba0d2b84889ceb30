//! Serves the files in `assets/static`: those that are there, and nothing about the rest.

use axum::{
    Router,
    http::{HeaderValue, header},
};
use loco_rs::app::AppContext;
use tower::ServiceBuilder;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

const FOLDER: &str = "assets/static";

/// The routes under `/static`.
pub fn router() -> Router<AppContext> {
    // Unlike Loco's static layer, which answers 200 for a file that is not there.
    let files = ServeDir::new(FOLDER).append_index_html_on_directories(false);
    let cached =
        SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Router::new().nest_service("/static", ServiceBuilder::new().layer(cached).service(files))
}
