//! Builds the services from the settings. The boot fails if a service cannot be built.

use std::{path::Path, sync::Arc, time::Instant};

use axum::Router;
use loco_rs::{Error, Result, app::AppContext, config::Config, environment::Environment};

use super::{crypto_provider, database, queue, rate_limits, storage, typesetter};
use crate::{
    controllers::{api::docs, web::static_files},
    cookies::Cookies,
    crypto::{access_tokens::AccessTokens, csrf_tokens::CsrfTokens},
    health::Health,
    mailers::{EmailRenderer, MailServices, MailTransport},
    models::{
        Database,
        auth_services::AuthServices,
        device_tokens::DeviceTokens,
        migration_status::MigrationGuard,
        sessions::{Lifetimes, RefreshTokenDeriver, SessionCache},
        typesettings::Waits,
        users::failed_login_monitor::FailedLoginMonitor,
    },
    password::{Hasher, Policy},
    rate_limits::RateLimits,
    services::{ProcessState, Services},
    settings::Settings,
    telemetry::trace_export::TraceExporter,
    views::{
        renderer::Renderer,
        static_assets::{self, StaticAssets},
        templates,
    },
};

const INVALID_SECRET: &str = "JWT_SECRET must be base64: create a secret with `openssl rand -base64 48`";

/// Opens the database, the queue and the storage, builds the services and stores them in the context.
///
/// # Errors
/// Returns an error if the database, the queue, the storage or a service is not available.
#[expect(clippy::disallowed_methods, reason = "the only writer of Loco's `shared_store`")]
pub async fn install(mut ctx: AppContext) -> Result<AppContext> {
    let settings = Settings::from_config(&ctx.config, &ctx.environment).map_err(Error::Message)?;
    ctx.db = database::open(&ctx.config.database).await?;
    // Loco creates no queue for a worker mode that needs none.
    if ctx.queue_provider.is_some() {
        ctx.queue_provider = queue::open(&ctx.config).await?.map(Arc::new);
    }
    let (storage, files) = storage::open(&settings.storage).await?;
    ctx.storage = storage;
    let secret = decoded_secret(&ctx.config)?;
    let rate_limits = Arc::new(rate_limits::open(&settings, &secret).await?);
    let assets = static_assets()?;
    let services = Services {
        db: Database::new(ctx.db.clone()).with_deadline(database::deadline(&ctx.config.database)),
        files,
        auth: auth_services(&settings, &ctx.config, &secret, Arc::clone(&rate_limits))?,
        rate_limits,
        mail: Arc::new(mail_services(&settings, &ctx.config)?),
        typesetter: typesetter::open(&settings)?,
        waits: Waits::default(),
        templates: templates::build(&assets)?,
        assets,
        renderer: Renderer::default(),
        cookies: cookies(&ctx),
        csrf_tokens: CsrfTokens::new(&secret).map_err(Error::msg)?,
        migrations: MigrationGuard::default(),
        health: Health::default(),
        process: ProcessState::default(),
        http_metrics: settings.metrics.enabled.then(Default::default),
        traces: traces(&settings)?,
        settings: Arc::new(settings),
    };
    ctx.shared_store.insert(Arc::new(services));
    Ok(ctx)
}

/// Returns the routes of the API documentation and of the static files. The OpenAPI description does not list these
/// routes.
pub fn unlisted_routes(ctx: &AppContext) -> Router<AppContext> {
    let services = Services::of(ctx);
    docs::router(&services.settings).merge(static_files::router(services.assets.clone()))
}

/// Returns the bytes of `JWT_SECRET`, from which all keys are derived.
fn decoded_secret(config: &Config) -> Result<Vec<u8>> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.decode(&config.get_jwt_config()?.secret).map_err(|_| Error::string(INVALID_SECRET))
}

fn auth_services(
    settings: &Settings,
    config: &Config,
    secret: &[u8],
    rate_limits: Arc<RateLimits>,
) -> Result<AuthServices> {
    let jwt = config.get_jwt_config()?;
    let access_tokens = AccessTokens::new(&jwt.secret, &config.server.host, jwt.expiration);
    Ok(AuthServices {
        rate_limits,
        hasher: Hasher::start(&settings.passwords),
        password_policy: Policy::from(&settings.passwords),
        access_tokens: access_tokens.map_err(|_| Error::string(INVALID_SECRET))?,
        refresh_tokens: RefreshTokenDeriver::new(secret).map_err(Error::msg)?,
        device_tokens: DeviceTokens::new(secret).map_err(Error::msg)?,
        failed_logins: Arc::new(FailedLoginMonitor::new(Instant::now())),
        lifetimes: Lifetimes::from(&settings.sessions),
        session_cache: SessionCache::default(),
    })
}

fn mail_services(settings: &Settings, config: &Config) -> Result<MailServices> {
    let renderer = EmailRenderer::new(&settings.mail.from, &config.server.host).map_err(|error| {
        Error::Message(format!("MAILER_FROM: the sender or an e-mail template is invalid ({error:?})"))
    })?;
    Ok(MailServices { renderer, transport: MailTransport::new(config.mailer.as_ref()) })
}

fn static_assets() -> Result<StaticAssets> {
    let folder = static_assets::FOLDER;
    StaticAssets::load(Path::new(folder)).map_err(|error| {
        Error::Message(format!("{folder} cannot be read ({error}): start in the folder of the project"))
    })
}

/// Returns the cookie settings. Cookies have the attribute `Secure`, except in development without TLS.
fn cookies(ctx: &AppContext) -> Cookies {
    let has_tls = ctx.config.server.host.starts_with("https://");
    Cookies::new(has_tls || !matches!(ctx.environment, Environment::Development))
}

/// Returns the trace exporter, or `None` if no collector is configured.
fn traces(settings: &Settings) -> Result<Option<TraceExporter>> {
    let endpoint = &settings.traces.endpoint;
    if endpoint.is_empty() {
        return Ok(None);
    }
    crypto_provider::install();
    let traces = TraceExporter::open(endpoint, settings.traces.headers().map_err(Error::Message)?);
    traces.map(Some).map_err(|error| Error::Message(format!("OTEL_EXPORTER_OTLP_ENDPOINT is invalid ({error})")))
}
