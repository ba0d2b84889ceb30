//! The middleware that every request passes, outermost first:
//!
//! 1. `security_headers` adds the headers of the `secure_headers` block of the configuration.
//! 2. `request_id` sets the ID, the client address and the span of the request.
//! 3. `access_log` logs one line and counts the request.
//! 4. `error_envelope` renders every error, including panics, in the error format, and enforces `timeout_request`.
//!    `request_validation` and `migration_guard` reject requests before a handler runs.
//! 5. `limit_payload` limits the size of the body, as configured.
//!
//! The middleware is one layer, because axum clones every layer of a route for each request.

pub mod access_log;
pub mod body_limit;
pub mod body_memory;
pub mod csrf;
pub mod error_envelope;
mod migration_guard;
pub mod rate_limit;
pub mod request_id;
mod request_validation;
mod security_headers;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use ipnet::IpNet;
use loco_rs::{
    app::AppContext,
    controller::{
        middleware::{MiddlewareLayer, limit_payload::DefaultBodyLimitKind},
        views::engines::TeraView,
    },
};

use tower::ServiceBuilder;

use self::{
    access_log::RequestObservers,
    body_limit::BodyLimit,
    body_memory::{BodyMemory, ResponseMemory},
    security_headers::SecurityHeaders,
};
use crate::{models::migration_status::MigrationGuard, rate_limits::RateLimits, services::Services};

type Layers = Vec<Box<dyn MiddlewareLayer>>;

/// Returns the middleware layers of the application, which replace all layers of Loco.
#[must_use]
pub fn stack(ctx: &AppContext) -> Layers {
    vec![Box::new(RequestPipeline { state: Arc::new(PipelineState::new(ctx)), body_limit: body_limit(ctx) })]
}

fn body_limit(ctx: &AppContext) -> BodyLimit {
    match ctx.config.server.middlewares.limit_payload.clone().unwrap_or_default().body_limit {
        DefaultBodyLimitKind::Limit(bytes) => BodyLimit(bytes),
        DefaultBodyLimitKind::Disable => BodyLimit(usize::MAX),
    }
}

/// Services and settings of the request pipeline.
struct PipelineState {
    trusted: Vec<IpNet>,
    templates: TeraView,
    rate_limits: Arc<RateLimits>,
    body_memory: BodyMemory,
    response_memory: ResponseMemory,
    observers: RequestObservers,
    headers: SecurityHeaders,
    migrations: MigrationGuard,
    /// Maximum duration of a request.
    timeout: Duration,
}

impl PipelineState {
    fn new(ctx: &AppContext) -> Self {
        let services = Services::of(ctx);
        let middlewares = &ctx.config.server.middlewares;
        let body_memory = services.settings.serving.max_body_memory_bytes;
        // The default 0 is never used, because the settings validation rejects a configuration without a timeout.
        let timeout = middlewares.timeout_request.as_ref().map_or(0, |block| block.timeout);
        Self {
            trusted: services.settings.trusted_networks(),
            templates: services.templates.clone(),
            rate_limits: Arc::clone(&services.rate_limits),
            body_memory: BodyMemory::new(body_memory),
            response_memory: ResponseMemory::new(body_memory),
            observers: RequestObservers { metrics: services.http_metrics.clone(), traces: services.traces.clone() },
            headers: SecurityHeaders::of(middlewares),
            migrations: services.migrations.clone(),
            timeout: Duration::from_millis(timeout),
        }
    }

    async fn pass(self: Arc<Self>, mut request: Request, next: Next) -> Response {
        request.extensions_mut().insert(Arc::clone(&self.rate_limits));
        // Keeps the reservation until the handler ends, because the body is in memory until then.
        let reservation = self.body_memory.reservation();
        request.extensions_mut().insert(Arc::clone(&reservation));
        let enveloped = |request| {
            let precheck_error = migration_guard::rejection(&self.migrations, &request);
            error_envelope::wrap_errors(
                &self.templates,
                self.timeout,
                precheck_error,
                &self.response_memory,
                request,
                next,
            )
        };
        let logged = |request| access_log::write(self.observers.clone(), request, enveloped);
        let mut response = request_id::identify(&self.trusted, request, logged).await;
        self.headers.add(response.headers_mut());
        response
    }
}

/// Layer with all middleware. `cargo loco middleware` shows the name of the layer.
struct RequestPipeline {
    state: Arc<PipelineState>,
    body_limit: BodyLimit,
}

impl MiddlewareLayer for RequestPipeline {
    fn name(&self) -> &'static str {
        "request_pipeline"
    }

    fn config(&self) -> serde_json::Result<serde_json::Value> {
        Ok(
            serde_json::json!({ "layers": ["security_headers", "request_id", "access_log", "error_envelope", "limit_payload"] }),
        )
    }

    fn apply(&self, app: Router<AppContext>) -> loco_rs::Result<Router<AppContext>> {
        let state = Arc::clone(&self.state);
        let pass = from_fn(move |request, next| Arc::clone(&state).pass(request, next));
        Ok(app.layer(ServiceBuilder::new().layer(pass).layer(self.body_limit.layer())))
    }
}
