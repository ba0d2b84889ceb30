//! Production settings check: rejects settings that are unsafe in production. Every error names the variable and the
//! fix.

use base64::{Engine, engine::general_purpose::STANDARD};
use loco_rs::config::{Config, MailerTls, SmtpMailer};

use super::{
    Settings, public_networks,
    rate_limits::StoreKind,
    rules::ensure,
    secret_strength,
    storage::{StorageLocation, origin},
};

/// Part of the base64-decoded development secret in `config/development.yaml`. This secret is public.
const PUBLISHED: &[u8] = b"-development-only-not-secret";
/// Minimum number of distinct bytes of a secret. 32 random bytes have fewer distinct bytes with a probability of
/// 10^-18.
const DISTINCT_BYTES: usize = 16;
/// Sample passwords from the documentation of container images.
pub(super) const SAMPLE_PASSWORDS: [&str; 8] =
    ["postgres", "password", "changeme", "change-me", "secret", "ballast", "example", "admin"];
/// Sample secret keys from the documentation of S3 servers.
const SAMPLE_KEYS: [&str; 3] = ["minioadmin", "password", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"];
/// Name suffixes of development and test databases.
const OTHER_DATABASES: [&str; 2] = ["_development", "_test"];

pub(super) fn all(settings: &Settings, config: &Config) -> Result<(), String> {
    secret(settings, config)?;
    database(config)?;
    host(settings, config)?;
    proxies(settings)?;
    weak_passwords(settings, config)?;
    bucket(settings)?;
    ensure(
        !settings.docs_enabled || settings.production.allow_docs,
        "DOCS_ENABLED must be false, because it publishes the API documentation; set ALLOW_DOCS=true to allow it",
    )?;
    ensure(
        settings.rate_limits.enabled || settings.production.allow_no_rate_limits,
        "RATE_LIMIT_ENABLED must be true, because passwords could otherwise be guessed without a limit; \
         set ALLOW_NO_RATE_LIMITS=true to allow false",
    )?;
    ensure(
        settings.production.replicas == 1 || settings.rate_limits.store != StoreKind::Memory,
        "RATE_LIMIT_STORE must be redis if REPLICAS is more than 1, because each replica counts separately in memory",
    )?;
    mail(config)
}

fn secret(settings: &Settings, config: &Config) -> Result<(), String> {
    let text = config.auth.as_ref().and_then(|auth| auth.jwt.as_ref()).map_or("", |jwt| jwt.secret.as_str());
    let bytes = STANDARD.decode(text).unwrap_or_default();
    ensure(
        !bytes.windows(PUBLISHED.len()).any(|part| part == PUBLISHED),
        "JWT_SECRET must not be the public development secret: create one with `openssl rand -base64 48`",
    )?;
    let mut distinct = bytes.clone();
    distinct.sort_unstable();
    distinct.dedup();
    ensure(
        distinct.len() >= DISTINCT_BYTES && !secret_strength::is_typed(text, &bytes),
        "JWT_SECRET must be random: create one with `openssl rand -base64 48`",
    )?;
    let aws = &settings.storage.aws;
    let aws = [aws.secret_access_key.reveal(), aws.session_token.reveal()];
    let urls = [config.database.uri.as_str(), settings.redis_url.reveal()];
    let passwords = passwords(settings, config);
    let mut others = urls.into_iter().chain(aws).chain(passwords.iter().map(|(_, password)| password.as_str()));
    ensure(
        !others.any(|other| other.contains(text)),
        "JWT_SECRET must not be used as another password: create a separate secret with `openssl rand -base64 48`",
    )
}

fn database(config: &Config) -> Result<(), String> {
    ensure(
        !config.database.auto_migrate,
        "database.auto_migrate must be false in production: run `db migrate` during the deployment",
    )?;
    ensure(
        !config.database.dangerously_truncate && !config.database.dangerously_recreate,
        "database.dangerously_truncate and dangerously_recreate must be false in production: they delete all rows",
    )?;
    let address = config.database.uri.split('?').next().unwrap_or_default();
    let name = address.rsplit('/').next().unwrap_or_default();
    let name = name.strip_suffix(".sqlite").or_else(|| name.strip_suffix(".db")).unwrap_or(name);
    ensure(
        !OTHER_DATABASES.iter().any(|other| name.ends_with(other)),
        "DATABASE_URL must not name a development or test database: use a separate database for production",
    )
}

/// Returns the passwords of other servers, each with its variable. A password is empty if the server is not used or
/// needs no password.
fn passwords(settings: &Settings, config: &Config) -> [(&'static str, String); 3] {
    [
        ("DATABASE_URL", database_password(&config.database.uri)),
        ("REDIS_URL", secret_strength::url_password(settings.redis_url.reveal())),
        ("MAILER_PASSWORD", smtp_password(config).to_owned()),
    ]
}

fn weak_passwords(settings: &Settings, config: &Config) -> Result<(), String> {
    let passwords = passwords(settings, config);
    let is_weak = |password: &str| SAMPLE_PASSWORDS.contains(&password) || secret_strength::is_weak(password);
    let weak = passwords.iter().find(|(_, password)| is_weak(password));
    weak.map_or(Ok(()), |(variable, _)| {
        Err(format!(
            "{variable} must not contain a password that can be guessed: create one with `openssl rand -hex 24`"
        ))
    })
}

/// Returns the password of a PostgreSQL URL. The parameter `password` has precedence over the userinfo.
fn database_password(url: &str) -> String {
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    let parameter = form_urlencoded::parse(parameters.as_bytes()).find(|(name, _)| name == "password");
    parameter.map_or_else(|| secret_strength::url_password(url), |(_, password)| password.into_owned())
}

fn smtp_password(config: &Config) -> &str {
    let smtp = config.mailer.as_ref().and_then(|mailer| mailer.smtp.as_ref()).filter(|smtp| smtp.enable);
    smtp.and_then(|smtp| smtp.auth.as_ref()).map_or("", |auth| auth.password.as_str())
}

fn host(settings: &Settings, config: &Config) -> Result<(), String> {
    let host = config.server.host.as_str();
    ensure(
        host.starts_with("https://") || settings.production.allow_http_host == host,
        "HOST must begin with https://, because http transmits passwords unencrypted; \
         set ALLOW_HTTP_HOST to the same address to allow it",
    )
}

fn proxies(settings: &Settings) -> Result<(), String> {
    ensure(
        !public_networks::are_too_wide(&settings.trusted_networks()),
        "TRUSTED_PROXIES must contain at most a public /8 (IPv4) or /16 (IPv6), all public networks together, because \
         every client in these networks can forge its address",
    )?;
    ensure(
        !settings.production.behind_proxy || !settings.trusted_networks().is_empty(),
        "TRUSTED_PROXIES must contain the proxy's network if BEHIND_PROXY is true, \
         because all clients would otherwise share one rate limit",
    )
}

fn bucket(settings: &Settings) -> Result<(), String> {
    let Ok(StorageLocation::Bucket(bucket)) = settings.storage.location() else { return Ok(()) };
    let endpoint = bucket.endpoint.unwrap_or_default();
    ensure(
        !endpoint.starts_with("http://") || origin(&settings.production.allow_http_endpoint) == Some(endpoint),
        "AWS_ENDPOINT_URL, or endpoint in STORAGE_URL, must begin with https://, because http transmits files \
         unencrypted; set ALLOW_HTTP_ENDPOINT to the same address to allow it",
    )?;
    ensure(
        !SAMPLE_KEYS.contains(&settings.storage.aws.secret_access_key.reveal()),
        "AWS_SECRET_ACCESS_KEY must not be a well-known key: create a separate key",
    )
}

fn mail(config: &Config) -> Result<(), String> {
    let smtp = config.mailer.as_ref().and_then(|mailer| mailer.smtp.as_ref()).filter(|smtp| smtp.enable);
    ensure(
        smtp.is_none_or(|smtp| !smtp.host.is_empty()),
        "MAILER_HOST must be the SMTP server if MAILER_ENABLED is true",
    )?;
    ensure(
        smtp.is_none_or(|smtp| smtp.tls_mode() != MailerTls::None || !names_user(smtp)),
        "MAILER_TLS must be starttls or implicit if MAILER_USER is set, because the password must be encrypted",
    )
}

fn names_user(smtp: &SmtpMailer) -> bool {
    smtp.auth.as_ref().is_some_and(|auth| !auth.user.is_empty())
}
