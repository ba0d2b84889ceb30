//! Validates settings beyond their types: ranges, formats and combinations.

use base64::{Engine, engine::general_purpose::STANDARD};
use loco_rs::{config::Config, environment::Environment};

use super::{
    QueueKind, RateLimitSettings, Settings, StoreKind, database_url, is_production, production,
    rules::{ensure, within},
    storage::{is_http_url, origin},
};
use crate::{client_address::parse_networks, email_address::parse_sender};

/// Minimum length of the base64-decoded `JWT_SECRET`, in bytes: the output size of SHA-256 (RFC 7518 section 3.2).
const SECRET_BYTES: usize = 32;
const MEBIBYTE: u64 = 1024 * 1024;

/// Validates all settings. Returns the first error.
pub(super) fn all(settings: &Settings, config: &Config, environment: &Environment) -> Result<(), String> {
    numbers(settings)?;
    rate_limits(&settings.rate_limits)?;
    addresses(settings, config)?;
    ensure(
        settings.mail.from.is_empty() || parse_sender(&settings.mail.from).is_some(),
        "MAILER_FROM must be a sender such as Ballast <no-reply@example.org>",
    )?;
    server(config)?;
    ensure(config.logger.level.to_string() != "off", "LOG_LEVEL must be trace, debug, info, warn or error")?;
    ensure(
        settings.sessions.idle_days <= settings.sessions.absolute_days,
        "SESSION_IDLE_DAYS must be at most SESSION_ABSOLUTE_DAYS",
    )?;
    secret(config)?;
    if is_production(environment) { production::all(settings, config) } else { Ok(()) }
}

fn numbers(s: &Settings) -> Result<(), String> {
    within("SHUTDOWN_GRACE_SECONDS", s.serving.shutdown_grace_seconds, 0..=600)?;
    within("MAX_BODY_MEMORY_BYTES", s.serving.max_body_memory_bytes as u64, 8 << 20..=64 << 30)?;
    within("MAX_CONNECTIONS", s.serving.max_connections as u64, 1..=65_536)?;
    within("MAX_CONNECTIONS_PER_ADDRESS", s.serving.max_connections_per_address as u64, 1..=65_536)?;
    within("PASSWORD_MIN_LENGTH", s.passwords.min_length as u64, 8..=64)?;
    // The minimum is from OWASP's Password Storage Cheat Sheet. The maximum is the highest value that the password
    // check accepts in a stored hash.
    within("PASSWORD_HASHING_MEMORY_KIBIBYTES", s.passwords.hashing_memory_kibibytes.into(), 19_456..=65_536)?;
    within("PASSWORD_HASHING_PASSES", s.passwords.hashing_passes.into(), 2..=10)?;
    within("PASSWORD_HASHING_THREADS", s.passwords.hashing_threads as u64, 0..=64)?;
    within("PASSWORD_HASHING_QUEUE", s.passwords.hashing_queue as u64, 1..=10_000)?;
    within("PASSWORD_HASHING_PATIENCE_SECONDS", s.passwords.hashing_patience_seconds, 1..=60)?;
    within("SESSION_IDLE_DAYS", s.sessions.idle_days.into(), 1..=14)?;
    within("SESSION_ABSOLUTE_DAYS", s.sessions.absolute_days.into(), 1..=30)?;
    within("UPLOAD_MAX_BYTES", s.storage.upload_max_bytes, 1024..=1024 * MEBIBYTE)?;
    within("UPLOAD_QUOTA_BYTES", s.storage.upload_quota_bytes, 1024..=1024 * 1024 * MEBIBYTE)?;
    within("QUEUE_WORKERS", u64::from(s.queue.workers), 0..=64)?;
    within("REPLICAS", s.production.replicas.into(), 1..=1_000)?;
    within("TYPESET_PROCESSES", s.typesetting.processes as u64, 1..=16)?;
    within("TYPESET_DEADLINE_SECONDS", s.typesetting.deadline_seconds, 1..=600)?;
    within("TYPESET_MEMORY_MEBIBYTES", s.typesetting.memory_mebibytes, 256..=16_384)
}

fn rate_limits(limits: &RateLimitSettings) -> Result<(), String> {
    within("redis_deadline_milliseconds", limits.redis_deadline_milliseconds, 1..=60_000)?;
    within("RATE_LIMIT_MAX_KEYS", limits.max_keys as u64, 1_000..=100_000_000)?;
    for (name, window) in limits.windows() {
        let variable = format!("RATE_LIMIT_{}", name.to_uppercase());
        within(&format!("{variable}_REQUESTS"), window.requests.get().into(), 1..=100_000)?;
        within(&format!("{variable}_WINDOW_SECONDS"), window.window_seconds.get().into(), 1..=86_400)?;
    }
    Ok(())
}

fn addresses(settings: &Settings, config: &Config) -> Result<(), String> {
    parse_networks(&settings.trusted_proxies)
        .map_err(|_| "TRUSTED_PROXIES must be a comma-separated list of CIDRs such as 10.0.0.0/8".to_owned())?;
    ensure(
        has_port(&settings.metrics.binding),
        "METRICS_BINDING must be an address and a port such as 127.0.0.1:9150",
    )?;
    let collector = &settings.traces.endpoint;
    ensure(
        collector.is_empty() || is_http_url(collector),
        "OTEL_EXPORTER_OTLP_ENDPOINT must be a URL such as http://localhost:4318",
    )?;
    settings.traces.headers()?;
    let uri = &config.database.uri;
    ensure(
        uri.starts_with("sqlite://") || uri.starts_with("postgres://") || uri.starts_with("postgresql://"),
        "DATABASE_URL must begin with sqlite:// or postgres://",
    )?;
    settings.storage.location()?;
    ensure(
        settings.queue.kind != QueueKind::Postgres || uri.starts_with("postgres"),
        "QUEUE must not be postgres unless DATABASE_URL begins with postgres://",
    )?;
    let redis = settings.queue.kind == QueueKind::Redis || settings.rate_limits.store == StoreKind::Redis;
    ensure(
        !redis || settings.redis_url.is_valid(),
        "REDIS_URL must be a URL such as redis://host:6379 if QUEUE or RATE_LIMIT_STORE is redis; \
         percent-encode special characters of its password, such as # as %23",
    )
}

fn has_port(binding: &str) -> bool {
    let host_and_port = binding.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    host_and_port.is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

fn server(config: &Config) -> Result<(), String> {
    within("PORT", u64::try_from(config.server.port).unwrap_or(0), 1..=65_535)?;
    let timeout = config.server.middlewares.timeout_request.as_ref().map_or(0, |layer| layer.timeout);
    within("REQUEST_TIMEOUT_SECONDS", timeout / 1000, 1..=600)?;
    database_url::check(&config.database.uri)?;
    within("DATABASE_MAX_CONNECTIONS", config.database.max_connections.into(), 1..=1_000)?;
    within("DATABASE_CONNECT_TIMEOUT_MILLISECONDS", config.database.connect_timeout, 10..=60_000)?;
    ensure(
        is_public_url(&config.server.host),
        "HOST must be the public URL with its scheme and without a path, such as https://example.org",
    )
}

/// Returns whether a URL has only a scheme, a host and a port. Also checks the unchanged text, because `origin` accepts
/// spaces and additional slashes, and links in e-mails begin with the unchanged text.
fn is_public_url(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.starts_with(['/', '\\']))
        && !url.contains(char::is_whitespace)
        && origin(url).is_some()
}

fn secret(config: &Config) -> Result<(), String> {
    let jwt = config.auth.as_ref().and_then(|auth| auth.jwt.as_ref());
    let bytes = jwt.and_then(|jwt| STANDARD.decode(&jwt.secret).ok()).unwrap_or_default();
    ensure(
        bytes.len() >= SECRET_BYTES,
        "JWT_SECRET must be base64 of at least 32 random bytes: create one with `openssl rand -base64 48`",
    )?;
    within("ACCESS_TOKEN_SECONDS", jwt.map_or(0, |jwt| jwt.expiration), 60..=900)
}
