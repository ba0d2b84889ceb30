//! Configures Loco's queue: in Redis, or in the database of the application.

use std::sync::Arc;

use loco_rs::{
    Error, Result,
    bgworker::{
        Queue,
        sqlt::{JobRegistry, RunOpts, SqliteQueue},
    },
    config::{self, Config, PostgresQueueConfig, QueueConfig, ReaperConfig, RedisQueueConfig, SqliteQueueConfig},
    environment::Environment,
};

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::database;
use crate::settings::{QueueKind, Settings};

/// Time until Loco requeues a job of a killed process, in minutes. Every job finishes in less time. A typesetting is
/// requeued earlier, when its lease expires.
const REAP_AFTER_MINUTES: i64 = 15;
const REAP_EVERY_SECONDS: u64 = 60;
const POLL_SECONDS: u32 = 1;
const IDLE_MILLISECONDS: u64 = 600_000;

/// Returns the configuration with the queue that the settings select.
///
/// # Errors
/// Returns an error if the settings are invalid. `settings::load` has already checked the settings.
pub fn configure(mut config: Config, environment: &Environment) -> Result<Config> {
    let settings = Settings::from_config(&config, environment).map_err(Error::Message)?;
    config.queue = Some(queue(&config, &settings));
    Ok(config)
}

/// Returns the queue configuration. Jobs use the database unless the settings name Redis.
fn queue(config: &Config, settings: &Settings) -> QueueConfig {
    let uri = config.database.uri.clone();
    match settings.queue.kind {
        QueueKind::Redis => redis(settings),
        QueueKind::Database | QueueKind::Postgres if uri.starts_with("sqlite") => sqlite(uri, config, settings),
        QueueKind::Database | QueueKind::Postgres => postgres(uri, config, settings),
    }
}

/// Returns the queue in an SQLite database, or `None` for a queue in PostgreSQL or Redis. The queue has a separate
/// connection pool, because Loco's pool reuses connections with an open transaction.
///
/// # Errors
/// Returns an error if the database cannot be opened.
pub async fn on_sqlite(config: &Config) -> Result<Option<Queue>> {
    let Some(QueueConfig::Sqlite(queue)) = &config.queue else { return Ok(None) };
    let pool =
        config::Database { max_connections: queue.max_connections, min_connections: 0, ..config.database.clone() };
    let connection = database::open(&pool).await?;
    let provider = SqliteQueue {
        pool: connection.get_sqlite_connection_pool().clone(),
        registry: Arc::new(Mutex::new(JobRegistry::new())),
        run_opts: RunOpts {
            num_workers: queue.num_workers,
            poll_interval_sec: queue.poll_interval_sec,
            reaper: queue.reaper.clone(),
        },
        token: CancellationToken::new(),
    };
    Ok(Some(Queue::from_provider(Arc::new(provider))))
}

const REAPER: ReaperConfig = ReaperConfig { age_minutes: REAP_AFTER_MINUTES, interval_seconds: REAP_EVERY_SECONDS };

fn redis(settings: &Settings) -> QueueConfig {
    QueueConfig::Redis(RedisQueueConfig {
        uri: settings.redis_url.reveal().to_owned(),
        dangerously_flush: false,
        queues: None,
        num_workers: settings.queue.workers,
        reaper: Some(REAPER),
    })
}

fn postgres(uri: String, config: &Config, settings: &Settings) -> QueueConfig {
    QueueConfig::Postgres(PostgresQueueConfig {
        uri,
        dangerously_flush: false,
        enable_logging: false,
        max_connections: settings.queue.workers + 2,
        min_connections: 0,
        connect_timeout: config.database.connect_timeout,
        idle_timeout: IDLE_MILLISECONDS,
        poll_interval_sec: POLL_SECONDS,
        num_workers: settings.queue.workers,
        reaper: Some(REAPER),
    })
}

fn sqlite(uri: String, config: &Config, settings: &Settings) -> QueueConfig {
    QueueConfig::Sqlite(SqliteQueueConfig {
        uri,
        dangerously_flush: false,
        enable_logging: false,
        max_connections: settings.queue.workers + 2,
        min_connections: 0,
        connect_timeout: config.database.connect_timeout,
        idle_timeout: IDLE_MILLISECONDS,
        poll_interval_sec: POLL_SECONDS,
        num_workers: settings.queue.workers,
        reaper: Some(REAPER),
    })
}
