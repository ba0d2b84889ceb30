//! Whether the service works, and which part does not.

mod checks;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Extension,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use utoipa_axum::routes;

use super::{Shared, api_routes::ApiRoutes};
use crate::{
    errors::AppResult,
    middleware::error_envelope::AsIs,
    models::migration_status::SchemaGate,
    views::health::{HealthView, LiveView, Status},
};

pub use checks::Checks;

/// Seconds after which asking again makes sense while a part is gone.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Set once the process has been asked to stop: whoever sends requests here should stop doing so.
#[derive(Debug, Clone, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// From now on, unavailable.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The routes with their description.
#[must_use]
pub fn api() -> ApiRoutes {
    ApiRoutes::default().with(routes!(health)).with(routes!(live))
}

/// Says how the service is.
///
/// `degraded` where a part is gone that it can do without, `unavailable` where it cannot serve.
#[utoipa::path(
    get, path = "/api/v1/health", operation_id = "health", tag = "health",
    responses(
        (status = 200, description = "It serves.", body = HealthView),
        (status = 503, description = "It cannot serve; with `Retry-After`.", body = HealthView),
    ),
)]
pub async fn health(State(ctx): State<Shared>) -> AppResult<Response> {
    let stopping = ctx.shared_store.get::<Draining>().unwrap_or_default().begun().then_some("stopping");
    let schema = ctx.shared_store.get::<SchemaGate>().unwrap_or_default().schema();
    let view = HealthView::new(checks::all(&ctx).await, stopping.or_else(|| schema.reason()));
    if view.status == Status::Unavailable {
        let as_is = Extension(AsIs);
        return Ok((
            StatusCode::SERVICE_UNAVAILABLE,
            [(header::RETRY_AFTER, RETRY_AFTER)],
            as_is,
            crate::views::json(&view)?,
        )
            .into_response());
    }
    crate::views::json(&view)
}

/// Says that the process runs.
///
/// Touches nothing: no database, no store.
#[utoipa::path(
    get, path = "/api/v1/health/live", operation_id = "live", tag = "health",
    responses((status = 200, description = "It runs.", body = LiveView)),
)]
async fn live() -> AppResult<Response> {
    crate::views::json(&LiveView { status: Status::Ok })
}
