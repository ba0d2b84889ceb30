//! Typed and validated settings: the `settings` block of the configuration files.

mod database_url;
pub mod env_template;
mod foreign_variables;
mod loader;
mod production;
mod public_networks;
pub mod rate_limits;
pub mod redaction;
mod redis_url;
mod rules;
mod secret;
pub mod secret_files;
mod secret_strength;
mod storage;
mod traces;
mod unknown_variables;
mod validation;

use std::time::Duration;

use ipnet::IpNet;
use loco_rs::{config::Config, environment::Environment};
use serde::Deserialize;

pub use loader::{load, logs_as_json};
pub use rate_limits::{Quota, RateLimitSettings, StoreKind};
pub use redis_url::RedisUrl;
pub use secret::Secret;
pub use storage::{Aws, Bucket, Storage, StorageLocation};
pub use traces::Traces;

use crate::client_address::parse_networks;

/// Returns `true` for all environments except `development` and `test`, so that an environment such as `staging` also
/// has the production settings check.
#[must_use]
pub const fn is_production(environment: &Environment) -> bool {
    !matches!(environment, Environment::Development | Environment::Test)
}

/// Settings of the application. Only `config/*.yaml` contains defaults.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether the OpenAPI description and its web page are served. Set by `DOCS_ENABLED`.
    pub docs_enabled: bool,
    /// CIDRs of proxies whose `X-Forwarded-For` is trusted. Set by `TRUSTED_PROXIES`.
    pub trusted_proxies: String,
    /// URL of Redis. Required if the queue or the rate limits use Redis. Set by `REDIS_URL`.
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

/// Properties of a production deployment, and explicit exceptions from the production settings check.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Production {
    /// Whether a proxy forwards all requests. Set by `BEHIND_PROXY`.
    pub behind_proxy: bool,
    /// Number of processes that serve requests concurrently, 1 to 1,000. Set by `REPLICAS`.
    pub replicas: u32,
    /// The only `http://` URL that the production settings check accepts as `HOST`. Set by `ALLOW_HTTP_HOST`.
    pub allow_http_host: String,
    /// The only `http://` URL that the production settings check accepts as S3 endpoint. Set by `ALLOW_HTTP_ENDPOINT`.
    pub allow_http_endpoint: String,
    /// Whether `DOCS_ENABLED` may be true. Set by `ALLOW_DOCS`.
    pub allow_docs: bool,
    /// Whether `RATE_LIMIT_ENABLED` may be false. Set by `ALLOW_NO_RATE_LIMITS`.
    pub allow_no_rate_limits: bool,
}

/// Limits for connections, bodies and the shutdown.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serving {
    /// Maximum time for running requests and jobs to finish during a shutdown, in seconds, 0 to 600. Set by
    /// `SHUTDOWN_GRACE_SECONDS`.
    pub shutdown_grace_seconds: u64,
    /// Maximum number of concurrent connections, 1 to 65,536. Set by `MAX_CONNECTIONS`.
    pub max_connections: usize,
    /// Maximum memory for all request bodies above 64 KiB together, in bytes, 8 MiB to 64 GiB. Responses above 64 KiB
    /// have a second budget of this size. Set by `MAX_BODY_MEMORY_BYTES`.
    pub max_body_memory_bytes: usize,
    /// Maximum number of concurrent connections per client address (IPv4 address or IPv6 /64 network), 1 to 65,536. A
    /// further connection replaces an idle connection or is closed. Addresses in `TRUSTED_PROXIES` have no such limit.
    /// Set by `MAX_CONNECTIONS_PER_ADDRESS`.
    pub max_connections_per_address: usize,
}

/// Password policy, and the pool of threads that hash passwords.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passwords {
    /// Minimum length of a password, in bytes, 8 to 64. Set by `PASSWORD_MIN_LENGTH`.
    pub min_length: usize,
    /// Number of threads that hash passwords, 0 to 64. 0 means the number of cores. Set by
    /// `PASSWORD_HASHING_THREADS`.
    pub hashing_threads: usize,
    /// Maximum number of waiting password-hashing jobs, 1 to 10,000. Set by `PASSWORD_HASHING_QUEUE`.
    pub hashing_queue: usize,
    /// Maximum time that a password-hashing job waits for a thread, in seconds, 1 to 60. Set by
    /// `PASSWORD_HASHING_PATIENCE_SECONDS`.
    pub hashing_patience_seconds: u64,
    /// Memory of one password hash, in KiB, 19,456 to 65,536. Set by `PASSWORD_HASHING_MEMORY_KIBIBYTES`.
    pub hashing_memory_kibibytes: u32,
    /// Number of passes of one password hash, 2 to 10. Set by `PASSWORD_HASHING_PASSES`.
    pub hashing_passes: u32,
}

/// Lifetimes of sessions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// Maximum time that a session lasts without a request, in days, 1 to 14. Set by `SESSION_IDLE_DAYS`.
    pub idle_days: u32,
    /// Maximum time that a session lasts after the login, in days, 1 to 30. Set by `SESSION_ABSOLUTE_DAYS`.
    pub absolute_days: u32,
}

/// Queue of background jobs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// Store of the queue. Set by `QUEUE`.
    pub kind: QueueKind,
    /// Maximum number of concurrent jobs, 0 to 64. With 0, this process only enqueues jobs. Set by `QUEUE_WORKERS`.
    pub workers: u32,
}

/// Store of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueKind {
    /// The database of the application.
    Database,
    /// The database of the application, which must be PostgreSQL.
    Postgres,
    Redis,
}

/// Child processes that typeset PDFs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typesetting {
    /// Maximum number of child processes, 1 to 16. Set by `TYPESET_PROCESSES`.
    pub processes: usize,
    /// Maximum duration of an attempt to typeset a document, in seconds, 1 to 600. Set by `TYPESET_DEADLINE_SECONDS`.
    pub deadline_seconds: u64,
    /// Maximum address space of a child process, in MiB, 256 to 16,384. Set by `TYPESET_MEMORY_MEBIBYTES`.
    pub memory_mebibytes: u64,
    /// Path of the typesetting program. If empty, the program of this process is used.
    pub program: String,
}

/// Sender of e-mails. Loco's mailer settings contain the SMTP server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Sender as `NAME <ADDRESS>`. If empty, the sender is `no-reply` at the host of `HOST`. Set by `MAILER_FROM`.
    pub from: String,
}

/// Metrics for Prometheus.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Whether metrics are served. Set by `METRICS_ENABLED`.
    pub enabled: bool,
    /// Address and port of the metrics listener. Set by `METRICS_BINDING`.
    pub binding: String,
}

impl Settings {
    /// Reads and validates the settings.
    ///
    /// # Errors
    /// Returns one line that names the invalid setting and contains no secret.
    pub fn from_config(config: &Config, environment: &Environment) -> Result<Self, String> {
        let block = config.settings.clone().unwrap_or_default();
        let settings: Self = serde_json::from_value(block).map_err(|error| error.to_string())?;
        validation::all(&settings, config, environment)?;
        Ok(settings)
    }

    /// Returns the networks of `trusted_proxies`, which `from_config` has validated.
    #[must_use]
    pub fn trusted_networks(&self) -> Vec<IpNet> {
        parse_networks(&self.trusted_proxies).unwrap_or_default()
    }

    /// Returns the maximum time for running requests and jobs to finish during a shutdown.
    #[must_use]
    pub const fn shutdown_grace(&self) -> Duration {
        Duration::from_secs(self.serving.shutdown_grace_seconds)
    }
}
