//! Wires everything that Loco asks for; holds no logic.

use std::path::Path;

use async_trait::async_trait;
use axum::Router;
use loco_rs::{
    Result,
    app::{AppContext, Hooks, Initializer},
    bgworker::Queue,
    boot::{BootResult, ServeParams, StartMode, create_app},
    config::Config,
    controller::{AppRoutes, middleware::MiddlewareLayer},
    db::truncate_table,
    environment::Environment,
    task::Tasks,
};
use migration::Migrator;

use crate::{controllers, initializers, middleware, models::_entities::users, server, settings, tasks, workers};

/// The application.
pub struct App;

#[async_trait]
impl Hooks for App {
    fn app_name() -> &'static str {
        env!("CARGO_CRATE_NAME")
    }

    fn app_version() -> String {
        format!("{} ({})", env!("CARGO_PKG_VERSION"), env!("BALLAST_COMMIT"))
    }

    async fn load_config(environment: &Environment) -> Result<Config> {
        let config = initializers::mail::configure(settings::load(environment)?, environment);
        let config = initializers::queue::configure(config, environment)?;
        // Before Loco connects, which would create the file with the mode of the umask.
        initializers::database::close_to_others(&config.database.uri);
        Ok(config)
    }

    async fn boot(mode: StartMode, environment: &Environment, config: Config) -> Result<BootResult> {
        create_app::<Self, Migrator>(mode, environment, config).await
    }

    fn init_logger(ctx: &AppContext) -> Result<bool> {
        initializers::logging::init(&ctx.config)?;
        Ok(true)
    }

    async fn after_context(ctx: AppContext) -> Result<AppContext> {
        initializers::parts::install(ctx).await
    }

    async fn initializers(_: &AppContext) -> Result<Vec<Box<dyn Initializer>>> {
        Ok(vec![
            Box::new(initializers::reserve_stdout::QuietStdout),
            Box::new(initializers::migration_check::BootGate),
            Box::new(initializers::password_hash_benchmark::HashingCost),
            Box::new(initializers::mail::MailOff),
        ])
    }

    async fn before_routes(ctx: &AppContext) -> Result<Router<AppContext>> {
        initializers::parts::unlisted_routes(ctx)
    }

    fn routes(ctx: &AppContext) -> AppRoutes {
        let shared = controllers::Shared::from(ctx);
        let api = controllers::api().into_iter().map(|api| api.bind(&shared)).collect();
        AppRoutes::empty().add_routes(api).add_route(controllers::pages::routes().bind(&shared))
    }

    fn middlewares(ctx: &AppContext) -> Vec<Box<dyn MiddlewareLayer>> {
        middleware::stack(ctx)
    }

    async fn serve(app: Router, ctx: &AppContext, params: &ServeParams) -> Result<()> {
        server::run(app, ctx, params).await
    }

    async fn connect_workers(ctx: &AppContext, queue: &Queue) -> Result<()> {
        server::check_migrations(ctx)?;
        ctx.shared_store.insert(server::LocoRunsJobs);
        server::start_worker_services(ctx).await?;
        workers::register(ctx, queue).await
    }

    /// Called where no server runs: one ends by itself.
    async fn on_shutdown(ctx: &AppContext) {
        server::force_shutdown(ctx);
    }

    fn register_tasks(tasks: &mut Tasks) {
        tasks::register(tasks);
    }

    async fn truncate(ctx: &AppContext) -> Result<()> {
        truncate_table(&ctx.db, users::Entity).await?;
        Ok(())
    }

    async fn seed(_: &AppContext, _: &Path) -> Result<()> {
        Ok(())
    }
}
