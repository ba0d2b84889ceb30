//! Configures Loco's queue: in Redis, or in the database of the application.

use loco_rs::{
    Error, Result,
    bgworker::Queue,
    config::{self, Config, PostgresQueueConfig, QueueConfig, ReaperConfig, RedisQueueConfig, SqliteQueueConfig},
    environment::Environment,
};
use sea_orm::DatabaseConnection;
use waking_queue::WorkerSettings;

use super::database;
use crate::settings::{QueueKind, Settings};

/// Time until Loco requeues a job of a killed process, in minutes. Every job finishes in less time. A typesetting is
/// requeued earlier, when its lease expires.
const REAP_AFTER_MINUTES: i64 = 15;
const REAP_EVERY_SECONDS: u64 = 60;
const POLL_SECONDS: u32 = 1;
const IDLE_MILLISECONDS: u64 = 600_000;
/// Connections beyond one per worker: one enqueues jobs, one requeues the jobs of killed processes, and one listens for
/// notifications.
const OTHER_CONNECTIONS: u32 = 3;

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

/// Opens the queue that replaces Loco's queue. The workers of this queue start a job without waiting for the next poll.
///
/// An SQL database gets the connection options of the application, because the connections of Loco's queue can return to
/// the pool with an open transaction.
///
/// # Errors
/// Returns an error if the store of the queue cannot be opened.
pub async fn open(config: &Config) -> Result<Option<Queue>> {
    Ok(match &config.queue {
        Some(QueueConfig::Sqlite(queue)) => {
            let pool = connect(config, queue.max_connections).await?.get_sqlite_connection_pool().clone();
            Some(waking_queue::sqlite(pool, worker_settings(queue.num_workers)))
        }
        Some(QueueConfig::Postgres(queue)) => {
            let pool = connect(config, queue.max_connections).await?.get_postgres_connection_pool().clone();
            Some(waking_queue::postgres(pool, worker_settings(queue.num_workers)))
        }
        Some(QueueConfig::Redis(queue)) => Some(waking_queue::redis(&queue.uri, worker_settings(queue.num_workers))?),
        _ => None,
    })
}

/// Opens the connections of the queue to the database of the application.
async fn connect(config: &Config, max_connections: u32) -> Result<DatabaseConnection> {
    database::open(&config::Database { max_connections, min_connections: 0, ..config.database.clone() }).await
}

const fn worker_settings(workers: u32) -> WorkerSettings {
    WorkerSettings { workers, poll_seconds: POLL_SECONDS, reaper: REAPER }
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
        max_connections: settings.queue.workers + OTHER_CONNECTIONS,
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
        max_connections: settings.queue.workers + OTHER_CONNECTIONS,
        min_connections: 0,
        connect_timeout: config.database.connect_timeout,
        idle_timeout: IDLE_MILLISECONDS,
        poll_interval_sec: POLL_SECONDS,
        num_workers: settings.queue.workers,
        reaper: Some(REAPER),
    })
}
