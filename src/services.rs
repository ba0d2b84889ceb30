//! Services that requests, jobs and background tasks share. The services are built once at boot.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use loco_rs::{app::AppContext, controller::views::engines::TeraView};
use tokio_util::sync::CancellationToken;

use crate::{
    cookies::Cookies,
    crypto::csrf_tokens::CsrfTokens,
    health::{Health, Probes},
    mailers::MailServices,
    models::{
        Database, auth_services::AuthServices, file_reader::FileReader, migration_status::MigrationGuard,
        typesettings::Waits,
    },
    rate_limits::RateLimits,
    settings::Settings,
    telemetry::{http_metrics::HttpMetrics, trace_export::TraceExporter},
    typesetting::Typesetter,
    views::{renderer::Renderer, static_assets::StaticAssets},
};

/// The services of the application. Each service is a field, so that a missing service is a compile error.
#[derive(Clone)]
pub struct Services {
    pub settings: Arc<Settings>,
    pub db: Database,
    pub files: FileReader,
    pub rate_limits: Arc<RateLimits>,
    pub auth: AuthServices,
    pub mail: Arc<MailServices>,
    pub typesetter: Typesetter,
    pub waits: Waits,
    pub templates: TeraView,
    pub assets: StaticAssets,
    pub renderer: Renderer,
    pub cookies: Cookies,
    pub csrf_tokens: CsrfTokens,
    pub migrations: MigrationGuard,
    pub health: Health,
    pub process: ProcessState,
    /// HTTP metrics, or `None` if metrics are disabled.
    pub http_metrics: Option<HttpMetrics>,
    /// Trace exporter, or `None` if no trace collector is configured.
    pub traces: Option<TraceExporter>,
}

/// State of this process: whether Loco runs the jobs, whether metrics are served, and the shutdown request.
/// Clones share the state.
#[derive(Debug, Clone, Default)]
pub struct ProcessState(Arc<Flags>);

#[derive(Debug, Default)]
struct Flags {
    loco_runs_jobs: AtomicBool,
    serves_metrics: AtomicBool,
    shutdown_requested: CancellationToken,
}

impl ProcessState {
    /// Records that Loco runs the jobs. Loco runs the jobs if the process was started with a worker. Otherwise, the
    /// background tasks of the server run the jobs.
    pub fn set_loco_runs_jobs(&self) {
        self.0.loco_runs_jobs.store(true, Relaxed);
    }

    /// Returns whether Loco runs the jobs.
    #[must_use]
    pub fn loco_runs_jobs(&self) -> bool {
        self.0.loco_runs_jobs.load(Relaxed)
    }

    /// Returns `true` for the first call only. The first caller starts the listener for metrics.
    #[must_use]
    pub fn claim_metrics(&self) -> bool {
        !self.0.serves_metrics.swap(true, Relaxed)
    }

    /// Returns the token that is cancelled when Loco has received the shutdown request.
    #[must_use]
    pub fn shutdown_requested(&self) -> CancellationToken {
        self.0.shutdown_requested.clone()
    }
}

impl Services {
    /// Returns the services of a context. This function is the only reader of Loco's `shared_store`.
    ///
    /// # Panics
    /// Panics if the context was built without `App::after_context`.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the boot fails without services, and Loco's hooks cannot return an error")]
    #[expect(clippy::disallowed_methods, reason = "the only reader of Loco's `shared_store`")]
    pub fn of(ctx: &AppContext) -> Arc<Self> {
        ctx.shared_store.get().expect("`App::after_context` builds the services")
    }

    /// Returns the dependencies whose health is checked.
    #[must_use]
    pub fn probes<'a>(&'a self, ctx: &'a AppContext) -> Probes<'a> {
        Probes { ctx, db: &self.db, rate_limits: &self.rate_limits, migrations: &self.migrations }
    }
}
