//! Builds the parts that requests and jobs need, from the settings, into the context.

use std::{path::PathBuf, sync::Arc, time::Duration};

use axum::Router;
use loco_rs::{Error, Result, app::AppContext, config::Config, controller::views::engines::TeraView};

use super::{database, rate_limits, storage};
use crate::{
    TYPESET_WORKER,
    controllers::{
        docs,
        health::{Checks, Draining},
        static_files,
    },
    models::access_tokens::AccessTokens,
    password::Hasher,
    settings::Settings,
    traffic::Traffic,
    typesetting::{Options, Typesetter},
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
    ctx.storage = storage::open(&settings.storage).await?;
    let store = &ctx.shared_store;
    store.insert(Arc::new(rate_limits::open(&settings, &ctx.config.get_jwt_config()?.secret).await?));
    store.insert(Hasher::start(&settings.passwords));
    store.insert(access_tokens(&ctx.config)?);
    store.insert(typesetter(&settings)?);
    store.insert(TeraView::build()?);
    if settings.metrics.enabled {
        store.insert(Traffic::default());
    }
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
    Ok(docs::router(&settings).merge(static_files::router()))
}

fn access_tokens(config: &Config) -> Result<AccessTokens> {
    let jwt = config.get_jwt_config()?;
    AccessTokens::new(&jwt.secret, &config.server.host, jwt.expiration)
        .map_err(|_| Error::string("JWT_SECRET is not base64"))
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
