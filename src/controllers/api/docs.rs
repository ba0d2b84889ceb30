//! Serves the OpenAPI description, and the web page that displays the description.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use loco_rs::app::AppContext;
use utoipa_swagger_ui::{Config, serve};

use super::openapi;
use crate::{
    controllers::extractors::Path,
    errors::{AppError, AppResult},
    services::Services,
    settings::Settings,
};

const PAGE: &str = include_str!("docs.html");

static VIEWER: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| Arc::new(Config::from("/api/openapi.json")));

/// Returns the routes of the API documentation, or no routes if the documentation is disabled.
pub fn router(settings: &Settings) -> Router<AppContext> {
    if !settings.docs_enabled {
        return Router::new();
    }
    Router::new()
        .route("/api/openapi.json", get(description))
        .route("/api/docs", get(page))
        .route("/api/docs/{file}", get(asset))
}

async fn description(State(ctx): State<AppContext>) -> AppResult<Response> {
    let body = openapi::document(&Services::of(&ctx).settings.rate_limits).to_json().map_err(AppError::internal)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

async fn page() -> Html<&'static str> {
    Html(PAGE)
}

/// Returns a file of Swagger UI. All files of Swagger UI are embedded in the executable.
async fn asset(Path(file): Path<String>) -> AppResult<Response> {
    let found = serve(&file, Arc::clone(&VIEWER)).ok().flatten().ok_or_else(AppError::not_found)?;
    let content_type = HeaderValue::from_str(&found.content_type).map_err(AppError::internal)?;
    Ok(([(header::CONTENT_TYPE, content_type)], found.bytes.into_owned()).into_response())
}
