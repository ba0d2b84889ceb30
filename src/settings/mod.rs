//! The `settings:` block of the configuration as one typed, checked value.

mod database_url;
pub mod env_template;
mod loader;
mod production;
pub mod rate_limits;
pub mod redaction;
mod redis_url;
mod rules;
mod secret;
pub mod secret_files;
mod storage;
mod traces;
mod validation;

use std::time::Duration;

use ipnet::IpNet;
use loco_rs::{config::Config, environment::Environment};
use serde::Deserialize;

pub use loader::{load, wants_json};
pub use rate_limits::{Quota, RateLimitSettings, StoreKind};
pub use redis_url::RedisUrl;
pub use secret::Secret;
pub use storage::{Aws, Bucket, Place, Storage};
pub use traces::Traces;

use crate::client_address::parse_networks;

/// Everything that Ballast itself can be told. Defaults stand in `config/*.yaml` and nowhere else.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether the OpenAPI description and its page are served. Fed by `DOCS_ENABLED`.
    pub docs_enabled: bool,
    /// CIDRs whose `X-Forwarded-For` is believed. Fed by `TRUSTED_PROXIES`.
    pub trusted_proxies: String,
    /// Needed where the queue or the counts of rate limits live in Redis. Fed by `REDIS_URL`.
    pub redis_url: RedisUrl,
    pub serving: Serving,
    pub rate_limits: RateLimitSettings,
    pub passwords: Passwords,
    pub sessions: Sessions,
    pub storage: Storage,
    pub queue: Queue,
    pub typesetting: Typesetting,
    pub mail: Mail,
    pub metrics: Metrics,
    pub traces: Traces,
    pub production: Production,
}

/// What production is told about where it runs, and the exceptions it is asked for by name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Production {
    /// A proxy stands in front. Fed by `BEHIND_PROXY`.
    pub behind_proxy: bool,
    /// Processes that serve at once, 1 to 1,000. Fed by `REPLICAS`.
    pub replicas: u32,
    /// The one `http://` address that `HOST` may be. Fed by `ALLOW_HTTP_HOST`.
    pub allow_http_host: String,
    /// Fed by `ALLOW_HTTP_ENDPOINT`.
    pub allow_http_endpoint: String,
    /// Whether `DOCS_ENABLED` may be true. Fed by `ALLOW_DOCS`.
    pub allow_docs: bool,
}

/// How connections are served and ended.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serving {
    /// Seconds, 0 to 600. Fed by `SHUTDOWN_GRACE_SECONDS`.
    pub shutdown_grace_seconds: u64,
    /// 1 to 65,536. Fed by `MAX_CONNECTIONS`.
    pub max_connections: usize,
    /// Bytes, 8 MiB to 64 GiB: what request bodies above 64 KiB take together. Set by `MAX_BODY_MEMORY_BYTES`.
    pub max_body_memory_bytes: usize,
    /// Connections per client address, 1 to 65,536; `TRUSTED_PROXIES` are exempt. Fed by `MAX_CONNECTIONS_PER_ADDRESS`.
    pub max_connections_per_address: usize,
}

/// What passwords may be chosen, and the pool that hashes them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passwords {
    /// Bytes, 8 to 64. Fed by `PASSWORD_MIN_LENGTH`.
    pub min_length: usize,
    /// 0 to 64; 0 means one less than the cores. Fed by `PASSWORD_HASHING_THREADS`.
    pub hashing_threads: usize,
    /// 1 to 10,000. Fed by `PASSWORD_HASHING_QUEUE`.
    pub hashing_queue: usize,
    /// Seconds, 1 to 60. Fed by `PASSWORD_HASHING_PATIENCE_SECONDS`.
    pub hashing_patience_seconds: u64,
    /// 19,456 to 65,536. Fed by `PASSWORD_HASHING_MEMORY_KIBIBYTES`.
    pub hashing_memory_kibibytes: u32,
    /// 2 to 10. Fed by `PASSWORD_HASHING_PASSES`.
    pub hashing_passes: u32,
}

/// How long a session lives.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// Days, 1 to 14. Fed by `SESSION_IDLE_DAYS`.
    pub idle_days: u32,
    /// Days, 1 to 30. Fed by `SESSION_ABSOLUTE_DAYS`.
    pub absolute_days: u32,
}

/// Where jobs wait.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Fed by `QUEUE`.
    pub kind: QueueKind,
    /// 0 to 64; with 0 this process only takes orders. Fed by `QUEUE_WORKERS`.
    pub workers: u32,
}

/// The stores that can hold the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueKind {
    /// The same database as everything else, whichever it is.
    Database,
    /// The same, where that is PostgreSQL.
    Postgres,
    Redis,
}

/// The child processes that make PDFs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typesetting {
    /// 1 to 16. Fed by `TYPESET_PROCESSES`.
    pub processes: usize,
    /// Seconds, 1 to 600. Fed by `TYPESET_DEADLINE_SECONDS`.
    pub deadline_seconds: u64,
    /// MiB, 256 to 16,384. Fed by `TYPESET_MEMORY_MEBIBYTES`.
    pub memory_mebibytes: u64,
    /// The program that typesets; empty for the running one.
    pub program: String,
}

/// What mails say of their sender; how they are sent is Loco's to know.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// `NAME <ADDRESS>`; empty for `no-reply` at `HOST`. Fed by `MAILER_FROM`.
    pub from: String,
}

/// Numbers for Prometheus.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Fed by `METRICS_ENABLED`.
    pub enabled: bool,
    /// Address and port. Fed by `METRICS_BINDING`.
    pub binding: String,
}

impl Settings {
    /// Reads and checks the block.
    ///
    /// # Errors
    /// One line that says what is wrong, without any value that could be a secret.
    pub fn from_config(config: &Config, environment: &Environment) -> Result<Self, String> {
        let block = config.settings.clone().unwrap_or_default();
        let settings: Self = serde_json::from_value(block).map_err(|error| error.to_string())?;
        validation::all(&settings, config, environment)?;
        Ok(settings)
    }

    /// The CIDRs of `trusted_proxies`; checked when the settings were read.
    #[must_use]
    pub fn trusted_networks(&self) -> Vec<IpNet> {
        parse_networks(&self.trusted_proxies).unwrap_or_default()
    }

    /// How long a running request may still take when the process is asked to stop.
    #[must_use]
    pub const fn shutdown_grace(&self) -> Duration {
        Duration::from_secs(self.serving.shutdown_grace_seconds)
    }
}
