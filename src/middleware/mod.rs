//! What every request passes on its way in and out, outermost first:
//!
//! 1. `request_id` gives the request its id, its address and its span;
//! 2. `access_log` writes its one line;
//! 3. `secure_headers` (Loco's, from the configuration);
//! 4. `error_envelope` turns every failure, panics included, into the one shape;
//! 5. `well_formed` refuses what no handler should see;
//! 6. `timeout_request` and `limit_payload` (Loco's, from the configuration).
//!
//! Inside, `rate_limits` hands the limits to the routes that declare one.

pub mod access_log;
pub mod error_envelope;
pub mod rate_limit;
pub mod request_id;

use axum::Router;
use loco_rs::{
    app::AppContext,
    controller::middleware::{MiddlewareLayer, default_middleware_stack},
};

type Layers = Vec<Box<dyn MiddlewareLayer>>;

/// Loco's own layers that stay.
const KEPT: [&str; 3] = ["limit_payload", "timeout_request", "secure_headers"];

/// Every layer, innermost first, as Loco applies them.
#[must_use]
pub fn stack(ctx: &AppContext) -> Layers {
    let mut layers: Layers = default_middleware_stack(ctx).into_iter().filter(|layer| KEPT.contains(&layer.name())).collect();
    let inside_headers = layers.iter().position(|layer| layer.name() == "secure_headers").unwrap_or(layers.len());
    layers.insert(inside_headers, named("error_envelope", error_envelope::layer(ctx)));
    layers.insert(inside_headers, named("well_formed", |app| app.layer(axum::middleware::from_fn(error_envelope::well_formed))));
    layers.insert(0, named("rate_limits", rate_limit::layer(ctx)));
    layers.push(named("access_log", |app| app.layer(axum::middleware::from_fn(access_log::write))));
    layers.push(named("request_id", request_id::layer(ctx)));
    layers
}

/// One of ours under the name that `cargo loco middleware` shows.
struct Named<F> {
    name: &'static str,
    apply: F,
}

fn named(name: &'static str, apply: impl Fn(Router<AppContext>) -> Router<AppContext> + 'static) -> Box<dyn MiddlewareLayer> {
    Box::new(Named { name, apply })
}

impl<F: Fn(Router<AppContext>) -> Router<AppContext>> MiddlewareLayer for Named<F> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn config(&self) -> serde_json::Result<serde_json::Value> {
        Ok(serde_json::Value::Null)
    }

    fn apply(&self, app: Router<AppContext>) -> loco_rs::Result<Router<AppContext>> {
        Ok((self.apply)(app))
    }
}
