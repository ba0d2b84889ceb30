//! What every request passes on its way in and out, outermost first:
//!
//! 1. `security_headers`, as the configuration's `secure_headers` block lists them;
//! 2. `request_id` gives the request its id, its address and its span;
//! 3. `access_log` writes its one line, and counts the request;
//! 4. `error_envelope` turns every failure, panics included, into the one shape; `well_formed`
//!    refuses what no handler should see, and `schema_gate` everything while the database is not
//!    migrated; what takes longer than `timeout_request` allows is ended;
//! 5. `limit_payload`, from the configuration.
//!
//! All of them are one layer: each layer costs every request a box for every other one.

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
    access_log::Observers,
    body_limit::BodyLimit,
    body_memory::{BodyMemory, ResponseMemory},
    security_headers::SecurityHeaders,
};
use super::rate_limits::RateLimits;
use crate::{models::migration_status::SchemaGate, settings::Settings};

type Layers = Vec<Box<dyn MiddlewareLayer>>;

/// Every layer: ours, in place of all of Loco's.
#[must_use]
pub fn stack(ctx: &AppContext) -> Layers {
    vec![Box::new(Boundary { parts: Arc::new(Parts::of(ctx)), body_limit: body_limit(ctx) })]
}

fn body_limit(ctx: &AppContext) -> BodyLimit {
    match ctx.config.server.middlewares.limit_payload.clone().unwrap_or_default().body_limit {
        DefaultBodyLimitKind::Limit(bytes) => BodyLimit(bytes),
        DefaultBodyLimitKind::Disable => BodyLimit(usize::MAX),
    }
}

/// What our layer needs of the context.
struct Parts {
    trusted: Vec<IpNet>,
    pages: Option<TeraView>,
    limits: Option<Arc<RateLimits>>,
    body_memory: BodyMemory,
    response_memory: ResponseMemory,
    observers: Observers,
    headers: SecurityHeaders,
    schema: SchemaGate,
    /// The longest that a request may take.
    timeout: Duration,
}

impl Parts {
    fn of(ctx: &AppContext) -> Self {
        let store = &ctx.shared_store;
        let trusted = store.get::<Arc<Settings>>().map(|settings| settings.trusted_networks()).unwrap_or_default();
        let body_memory = store.get::<Arc<Settings>>().map_or(0, |settings| settings.serving.max_body_memory_bytes);
        let middlewares = &ctx.config.server.middlewares;
        let headers = SecurityHeaders::of(middlewares);
        // The settings' check has seen to it that there is one.
        let timeout = middlewares.timeout_request.as_ref().map_or(0, |block| block.timeout);
        Self {
            trusted,
            pages: store.get(),
            limits: store.get(),
            body_memory: BodyMemory::new(body_memory),
            response_memory: ResponseMemory::new(body_memory),
            observers: Observers { traffic: store.get(), traces: store.get() },
            headers,
            schema: store.get().unwrap_or_default(),
            timeout: Duration::from_millis(timeout),
        }
    }

    async fn pass(self: Arc<Self>, mut request: Request, next: Next) -> Response {
        if let Some(limits) = &self.limits {
            request.extensions_mut().insert(Arc::clone(limits));
        }
        // Held here, because what was read lives as long as its handler.
        let reservation = self.body_memory.reservation();
        request.extensions_mut().insert(Arc::clone(&reservation));
        let enveloped = |request| {
            let early = migration_guard::rejection(&self.schema, &request);
            error_envelope::envelop(self.pages.as_ref(), self.timeout, early, &self.response_memory, request, next)
        };
        let logged = |request| access_log::write(self.observers.clone(), request, enveloped);
        let mut response = request_id::identify(&self.trusted, request, logged).await;
        self.headers.add(response.headers_mut());
        response
    }
}

/// Our layer, under the name that `cargo loco middleware` shows.
struct Boundary {
    parts: Arc<Parts>,
    body_limit: BodyLimit,
}

impl MiddlewareLayer for Boundary {
    fn name(&self) -> &'static str {
        "boundary"
    }

    fn config(&self) -> serde_json::Result<serde_json::Value> {
        Ok(
            serde_json::json!({ "layers": ["security_headers", "request_id", "access_log", "error_envelope", "limit_payload"] }),
        )
    }

    fn apply(&self, app: Router<AppContext>) -> loco_rs::Result<Router<AppContext>> {
        let parts = Arc::clone(&self.parts);
        let pass = from_fn(move |request, next| Arc::clone(&parts).pass(request, next));
        Ok(app.layer(ServiceBuilder::new().layer(pass).layer(self.body_limit.layer())))
    }
}
