//! Builds the parts that requests and jobs need, from the settings, into the context.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use axum::Router;
use loco_rs::{Error, Result, app::AppContext, config::Config, environment::Environment};

use super::{database, queue, rate_limits, storage};
use crate::{
    TYPESET_WORKER,
    controllers::{
        docs,
        health::{Checks, Draining},
        static_files,
    },
    cookies::Cookies,
    crypto::access_tokens::AccessTokens,
    mailers::{Post, Writer},
    middleware::csrf::{CrossSite, FormTokens},
    models::{Database, device_tokens::Devices, sessions::Successors, users::failed_login_monitor::Alarm},
    password::{Hasher, Policy},
    settings::Settings,
    telemetry::{http_metrics::Traffic, trace_export::Traces},
    typesetting::{Options, Typesetter},
    views::{self, renderer::Renderer, static_assets},
};

/// Documents after which a typesetting process is replaced.
const JOBS_PER_PROCESS: u32 = 500;
const MEBIBYTE: u64 = 1024 * 1024;

/// Puts every part into the context.
///
/// # Errors
/// When one cannot be built: the boot stops.
pub async fn install(mut ctx: AppContext) -> Result<AppContext> {
    let settings = Settings::from_config(&ctx.config, &ctx.environment).map_err(Error::Message)?;
    ctx.db = database::open(&ctx.config.database).await?;
    if let Some(queue) = queue::on_sqlite(&ctx.config).await? {
        ctx.queue_provider = Some(Arc::new(queue));
    }
    let (storage, files) = storage::open(&settings.storage).await?;
    ctx.storage = storage;
    let store = &ctx.shared_store;
    store.insert(files);
    store.insert(Database::new(ctx.db.clone()));
    store.insert(Arc::new(rate_limits::open(&settings, &ctx.config.get_jwt_config()?.secret).await?));
    store.insert(Hasher::start(&settings.passwords));
    store.insert(Policy::from(&settings.passwords));
    store.insert(access_tokens(&ctx.config)?);
    let secret = ctx.config.get_jwt_config()?.secret.as_bytes();
    store.insert(Successors::new(secret).map_err(Error::msg)?);
    store.insert(Devices::new(secret).map_err(Error::msg)?);
    store.insert(Arc::new(cross_site(&ctx)?));
    store.insert(typesetter(&settings)?);
    let assets = static_assets::Assets::load(Path::new(static_assets::FOLDER))
        .map_err(|error| Error::Message(format!("{} cannot be read: {error}", static_assets::FOLDER)))?;
    store.insert(views::templates::build(&assets)?);
    store.insert(assets);
    store.insert(Arc::new(Post::new(ctx.config.mailer.as_ref())));
    store.insert(Arc::new(writer(&settings, &ctx.config)?));
    if settings.metrics.enabled {
        store.insert(Traffic::default());
    }
    if let Some(traces) = traces(&settings)? {
        store.insert(traces);
    }
    store.insert(Arc::new(Alarm::new(Instant::now())));
    store.insert(Renderer::default());
    store.insert(Draining::default());
    store.insert(Checks::default());
    store.insert(Arc::new(settings));
    Ok(ctx)
}

/// The routes that the API's description does not list.
///
/// # Errors
/// When the parts are missing.
pub fn unlisted_routes(ctx: &AppContext) -> Result<Router<AppContext>> {
    let settings = ctx.shared_store.get::<Arc<Settings>>().ok_or_else(|| Error::string("the settings are missing"))?;
    let assets =
        ctx.shared_store.get::<static_assets::Assets>().ok_or_else(|| Error::string("the files are missing"))?;
    Ok(docs::router(&settings).merge(static_files::router(assets)))
}

fn access_tokens(config: &Config) -> Result<AccessTokens> {
    let jwt = config.get_jwt_config()?;
    AccessTokens::new(&jwt.secret, &config.server.host, jwt.expiration)
        .map_err(|_| Error::string("JWT_SECRET is not base64"))
}

/// Cookies are bound to TLS everywhere but in development, which has none.
fn cross_site(ctx: &AppContext) -> Result<CrossSite> {
    let address = ctx.config.server.host.trim_end_matches('/').to_owned();
    let encrypted = address.starts_with("https://");
    let tokens = FormTokens::new(ctx.config.get_jwt_config()?.secret.as_bytes());
    let cookies = Cookies::new(encrypted || !matches!(ctx.environment, Environment::Development));
    Ok(CrossSite { tokens, cookies, address })
}

/// None where no collector is named.
fn traces(settings: &Settings) -> Result<Option<Traces>> {
    let endpoint = &settings.traces.endpoint;
    if endpoint.is_empty() {
        return Ok(None);
    }
    crate::initializers::crypto_provider::install();
    let traces = Traces::open(endpoint, settings.traces.headers().map_err(Error::Message)?);
    traces.map(Some).map_err(|error| Error::Message(format!("OTEL_EXPORTER_OTLP_ENDPOINT: {error}")))
}

fn writer(settings: &Settings, config: &Config) -> Result<Writer> {
    Writer::new(&settings.mail.from, &config.server.host)
        .map_err(|error| Error::Message(format!("MAILER_FROM: no mail can be written ({error:?})")))
}

fn typesetter(settings: &Settings) -> Result<Typesetter> {
    let own = std::env::current_exe()?;
    let program = &settings.typesetting.program;
    Ok(Typesetter::new(Options {
        program: if program.is_empty() { own } else { PathBuf::from(program) },
        arguments: vec![TYPESET_WORKER.to_owned()],
        workers: settings.typesetting.processes,
        deadline: Duration::from_secs(settings.typesetting.deadline_seconds),
        memory_bytes: settings.typesetting.memory_mebibytes * MEBIBYTE,
        max_jobs_per_worker: JOBS_PER_PROCESS,
    }))
}
