//! Application with fault injection on every route, including routes that are added later.

use std::{path::Path, time::Duration};

use async_trait::async_trait;
use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use ballast::app::App;
use loco_rs::{
    Result,
    app::{AppContext, Hooks, Initializer},
    bgworker::Queue,
    boot::{BootResult, ServeParams, StartMode, create_app},
    config::Config,
    controller::{AppRoutes, middleware::MiddlewareLayer},
    environment::Environment,
    task::Tasks,
};
use migration::Migrator;

/// Fault that replaces the handler of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Panic,
    /// Sleeps longer than the request timeout.
    Stall,
    /// Error of Loco. The text of the error must not reach the client.
    Loco,
    /// Plain text response with this status, as a library would send.
    PlainText(StatusCode),
}

/// All faults. Each fault has the status of the expected response.
pub const ALL: [(Fault, u16); 6] = [
    (Fault::Panic, 500),
    (Fault::Stall, 408),
    (Fault::Loco, 500),
    (Fault::PlainText(StatusCode::CONFLICT), 409),
    (Fault::PlainText(StatusCode::BAD_GATEWAY), 502),
    (Fault::PlainText(StatusCode::IM_A_TEAPOT), 418),
];

/// Internal text that must never reach a client.
pub const INTERNAL: &str = "sqlx::Postgres at src/secret.rs:1";

/// Returns the fault in the request extension, or in the header `X-Fault` for requests over a socket.
fn requested_fault(request: &Request) -> Option<Fault> {
    let named = request.headers().get("x-fault").and_then(|name| name.to_str().ok());
    let named = named.and_then(|name| ALL.iter().find(|(fault, _)| format!("{fault:?}").eq_ignore_ascii_case(name)));
    request.extensions().get().copied().or(named.map(|(fault, _)| *fault))
}

async fn inject(request: Request, next: Next) -> Response {
    match requested_fault(&request) {
        None => next.run(request).await,
        Some(Fault::Panic) => panic!("{INTERNAL}"),
        Some(Fault::Stall) => {
            tokio::time::sleep(Duration::from_hours(1)).await;
            StatusCode::OK.into_response()
        }
        Some(Fault::Loco) => loco_rs::Error::string(INTERNAL).into_response(),
        Some(Fault::PlainText(status)) => (status, INTERNAL).into_response(),
    }
}

/// Fault injector: the innermost layer, so that a fault passes through all middleware of the application.
struct Injector;

impl MiddlewareLayer for Injector {
    fn name(&self) -> &'static str {
        "faults"
    }

    fn config(&self) -> serde_json::Result<serde_json::Value> {
        Ok(serde_json::Value::Null)
    }

    fn apply(&self, app: Router<AppContext>) -> Result<Router<AppContext>> {
        Ok(app.layer(from_fn(inject)))
    }
}

/// `App` with the fault injector on every route.
pub struct FaultyApp;

#[async_trait]
impl Hooks for FaultyApp {
    fn app_name() -> &'static str {
        App::app_name()
    }

    fn init_logger(ctx: &AppContext) -> Result<bool> {
        App::init_logger(ctx)
    }

    async fn serve(app: Router, ctx: &AppContext, params: &ServeParams) -> Result<()> {
        App::serve(app, ctx, params).await
    }

    async fn load_config(environment: &Environment) -> Result<Config> {
        App::load_config(environment).await
    }

    async fn boot(mode: StartMode, environment: &Environment, config: Config) -> Result<BootResult> {
        create_app::<Self, Migrator>(mode, environment, config).await
    }

    async fn after_context(ctx: AppContext) -> Result<AppContext> {
        App::after_context(ctx).await
    }

    async fn initializers(ctx: &AppContext) -> Result<Vec<Box<dyn Initializer>>> {
        App::initializers(ctx).await
    }

    async fn before_routes(ctx: &AppContext) -> Result<Router<AppContext>> {
        App::before_routes(ctx).await
    }

    fn routes(ctx: &AppContext) -> AppRoutes {
        App::routes(ctx)
    }

    fn middlewares(ctx: &AppContext) -> Vec<Box<dyn MiddlewareLayer>> {
        let mut layers = App::middlewares(ctx);
        layers.insert(0, Box::new(Injector));
        layers
    }

    async fn connect_workers(ctx: &AppContext, queue: &Queue) -> Result<()> {
        App::connect_workers(ctx, queue).await
    }

    fn register_tasks(tasks: &mut Tasks) {
        App::register_tasks(tasks);
    }

    async fn truncate(ctx: &AppContext) -> Result<()> {
        App::truncate(ctx).await
    }

    async fn seed(ctx: &AppContext, path: &Path) -> Result<()> {
        App::seed(ctx, path).await
    }
}

/// Returns the method and the path of every route. Generated IDs replace the path parameters.
pub fn endpoints(ctx: &AppContext) -> Vec<(String, String)> {
    let id = uuid::Uuid::now_v7().to_string();
    let routes = loco_rs::boot::list_endpoints::<App>(ctx);
    assert!(routes.len() > 15, "the list of routes is incomplete");
    let filled = |uri: &str| {
        uri.split('/')
            .map(|part| if part.starts_with('{') { id.clone() } else { part.to_owned() })
            .collect::<Vec<_>>()
            .join("/")
    };
    let methods =
        routes.iter().flat_map(|route| route.actions.iter().map(|method| (method.to_string(), filled(&route.uri))));
    // Routes that Loco does not list: the API documentation and static files.
    let unlisted =
        ["/api/openapi.json", "/api/docs", "/api/docs/swagger-ui.css", "/static/ballast.css", "/favicon.ico"];
    methods.chain(unlisted.into_iter().map(|path| ("GET".to_owned(), path.to_owned()))).collect()
}
