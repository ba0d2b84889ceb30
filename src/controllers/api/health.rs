//! Health of the service and of its dependencies.

use axum::{
    Extension,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use utoipa_axum::routes;

use crate::{
    controllers::{routing::api::ApiRoutes, state::AppState},
    errors::AppResult,
    middleware::error_envelope::SkipErrorEnvelope,
    views::{
        self,
        health::{HealthView, LiveView, Status},
    },
};

/// Value of `Retry-After` in seconds, for the response of an unavailable service.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Returns the routes with their OpenAPI description.
#[must_use]
pub fn routes() -> ApiRoutes {
    ApiRoutes::default().with(routes!(health)).with(routes!(live))
}

/// Shows the health of the service.
///
/// The status is `degraded` if the service works without the failed dependency. The status is `unavailable` if the
/// service needs the failed dependency.
#[utoipa::path(
    get, path = "/api/v1/health", operation_id = "health", tag = "health",
    responses(
        (status = 200, description = "The service can serve requests.", body = HealthView),
        (status = 503, description = "The service cannot serve requests; with `Retry-After`.", body = HealthView),
    ),
)]
pub async fn health(State(state): State<AppState>) -> AppResult<Response> {
    let stopping = state.health.is_stopping().then_some("stopping");
    let reason = stopping.or_else(|| state.migrations.status().reason());
    let view = HealthView::new(state.health.check(&state.probes(&state.ctx)).await, reason);
    let response = views::json(&view)?;
    if view.status != Status::Unavailable {
        return Ok(response);
    }
    let (skip, retry) = (Extension(SkipErrorEnvelope), [(header::RETRY_AFTER, RETRY_AFTER)]);
    Ok((StatusCode::SERVICE_UNAVAILABLE, retry, skip, response).into_response())
}

/// Shows that the process runs.
///
/// Uses neither the database nor the storage.
#[utoipa::path(
    get, path = "/api/v1/health/live", operation_id = "live", tag = "health",
    responses((status = 200, description = "The process runs.", body = LiveView)),
)]
async fn live() -> AppResult<Response> {
    views::json(&LiveView { status: Status::Ok })
}
