//! What every request passes on its way in and out, outermost first:
//!
//! 1. `secure_headers` (Loco's, from the configuration);
//! 2. `request_id` gives the request its id, its address and its span;
//! 3. `access_log` writes its one line;
//! 4. `error_envelope` turns every failure, panics included, into the one shape; `well_formed`
//!    refuses what no handler should see;
//! 5. `timeout_request` and `limit_payload` (Loco's, from the configuration).
//!
//! The three of ours are one layer: each layer costs every request a box for every other one.

pub mod access_log;
pub mod error_envelope;
pub mod rate_limit;
pub mod request_id;
mod well_formed;

use std::sync::Arc;

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
        middleware::{MiddlewareLayer, default_middleware_stack},
        views::engines::TeraView,
    },
};

use self::rate_limit::Limits;
use crate::settings::Settings;

type Layers = Vec<Box<dyn MiddlewareLayer>>;

/// Loco's own layers that stay, innermost first.
const KEPT: [&str; 3] = ["limit_payload", "timeout_request", "secure_headers"];

/// Every layer, innermost first, as Loco applies them.
#[must_use]
pub fn stack(ctx: &AppContext) -> Layers {
    let mut layers: Layers =
        default_middleware_stack(ctx).into_iter().filter(|layer| KEPT.contains(&layer.name())).collect();
    let inside_headers = layers.iter().position(|layer| layer.name() == "secure_headers").unwrap_or(layers.len());
    layers.insert(inside_headers, Box::new(Boundary(Arc::new(Parts::of(ctx)))));
    layers
}

/// What our layer needs of the context.
struct Parts {
    trusted: Vec<IpNet>,
    pages: Option<TeraView>,
    limits: Option<Arc<Limits>>,
}

impl Parts {
    fn of(ctx: &AppContext) -> Self {
        let store = &ctx.shared_store;
        let trusted = store.get::<Arc<Settings>>().map(|settings| settings.trusted_networks()).unwrap_or_default();
        Self { trusted, pages: store.get(), limits: store.get() }
    }

    async fn pass(self: Arc<Self>, mut request: Request, next: Next) -> Response {
        if let Some(limits) = &self.limits {
            request.extensions_mut().insert(Arc::clone(limits));
        }
        let enveloped = |request| error_envelope::envelop(self.pages.as_ref(), request, next);
        let logged = |request| access_log::write(request, enveloped);
        request_id::identify(&self.trusted, request, logged).await
    }
}

/// Our layer, under the name that `cargo loco middleware` shows.
struct Boundary(Arc<Parts>);

impl MiddlewareLayer for Boundary {
    fn name(&self) -> &'static str {
        "boundary"
    }

    fn config(&self) -> serde_json::Result<serde_json::Value> {
        Ok(serde_json::json!({ "layers": ["request_id", "access_log", "error_envelope"] }))
    }

    fn apply(&self, app: Router<AppContext>) -> loco_rs::Result<Router<AppContext>> {
        let parts = Arc::clone(&self.0);
        Ok(app.layer(from_fn(move |request, next| Arc::clone(&parts).pass(request, next))))
    }
}
