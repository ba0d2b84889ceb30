//! Implements Loco's hooks. Contains no logic.

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

use crate::{
    controllers, initializers, middleware, models::_entities::users, server, services::Services, settings, tasks,
    workers,
};

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
        // Creates the SQLite file with permissions for its owner only. Loco would create the file with the permissions
        // of the umask.
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
        initializers::services::install(ctx).await
    }

    async fn initializers(_: &AppContext) -> Result<Vec<Box<dyn Initializer>>> {
        Ok(vec![
            Box::new(initializers::reserve_stdout::ReserveStdout),
            Box::new(initializers::migration_check::MigrationCheck),
            Box::new(initializers::password_hash_benchmark::PasswordHashBenchmark),
            Box::new(initializers::mail::MailOffWarning),
            Box::new(initializers::typesetter::TypesetterMemoryWarning),
        ])
    }

    async fn before_routes(ctx: &AppContext) -> Result<Router<AppContext>> {
        Ok(initializers::services::unlisted_routes(ctx))
    }

    fn routes(ctx: &AppContext) -> AppRoutes {
        let state = controllers::AppState::new(ctx);
        let api = controllers::api::routes().into_iter().map(|api| api.bind(&state)).collect();
        AppRoutes::empty().add_routes(api).add_route(controllers::web::routes().bind(&state))
    }

    fn middlewares(ctx: &AppContext) -> Vec<Box<dyn MiddlewareLayer>> {
        middleware::stack(ctx)
    }

    async fn serve(app: Router, ctx: &AppContext, params: &ServeParams) -> Result<()> {
        server::run(app, ctx, params).await
    }

    async fn connect_workers(ctx: &AppContext, queue: &Queue) -> Result<()> {
        server::check_migrations(ctx)?;
        Services::of(ctx).process.set_loco_runs_jobs();
        server::start_worker_services(ctx).await?;
        workers::register(ctx, queue).await
    }

    /// Shuts down a worker process. Loco calls this function only in a process without a server.
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

    async fn seed(ctx: &AppContext, folder: &Path) -> Result<()> {
        tasks::seed(ctx, folder).await
    }
}
