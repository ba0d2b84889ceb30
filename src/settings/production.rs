//! What production refuses, beyond what is wrong everywhere: each with its variable and the fix.

use base64::{Engine, engine::general_purpose::STANDARD};
use loco_rs::config::{Config, MailerTls, SmtpMailer};

use super::{
    Settings,
    rate_limits::StoreKind,
    rules::ensure,
    storage::{Place, origin},
};

/// What is in the value of `config/development.yaml`; everybody can read it there.
const PUBLISHED: &[u8] = b"-development-only-not-secret";
/// Different bytes that 32 random ones have at least, but for one time in 10^18.
const DISTINCT_BYTES: usize = 16;
/// Passwords that guides and images print.
pub(super) const SAMPLE_PASSWORDS: [&str; 8] =
    ["postgres", "password", "changeme", "change-me", "secret", "ballast", "example", "admin"];
/// Secret keys that guides and images print.
const SAMPLE_KEYS: [&str; 3] = ["minioadmin", "password", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"];
/// How a database for anything but production ends its name.
const OTHER_DATABASES: [&str; 2] = ["_development", "_test"];

pub(super) fn all(settings: &Settings, config: &Config) -> Result<(), String> {
    secret(settings, config)?;
    database(config)?;
    host(settings, config)?;
    proxies(settings)?;
    bucket(settings)?;
    ensure(
        !settings.docs_enabled || settings.production.allow_docs,
        "DOCS_ENABLED shows everybody how the service is built: leave it out, or set ALLOW_DOCS=true to mean it",
    )?;
    ensure(
        settings.production.replicas == 1 || settings.rate_limits.store != StoreKind::Memory,
        "RATE_LIMIT_STORE must be redis where REPLICAS is more than 1: in memory each replica would count alone",
    )?;
    mail(config)
}

fn secret(settings: &Settings, config: &Config) -> Result<(), String> {
    let text = config.auth.as_ref().and_then(|auth| auth.jwt.as_ref()).map_or("", |jwt| jwt.secret.as_str());
    let bytes = STANDARD.decode(text).unwrap_or_default();
    ensure(
        !bytes.windows(PUBLISHED.len()).any(|part| part == PUBLISHED),
        "JWT_SECRET is the development value, which everybody knows: make one with `openssl rand -base64 48`",
    )?;
    let mut distinct = bytes.clone();
    distinct.sort_unstable();
    distinct.dedup();
    ensure(distinct.len() >= DISTINCT_BYTES, "JWT_SECRET is not random: make one with `openssl rand -base64 48`")?;
    let smtp = config.mailer.as_ref().and_then(|mailer| mailer.smtp.as_ref()).and_then(|smtp| smtp.auth.as_ref());
    let mail = smtp.map_or("", |auth| auth.password.as_str());
    let aws = &settings.storage.aws;
    let aws = [aws.secret_access_key.reveal(), aws.session_token.reveal()];
    let elsewhere = [config.database.uri.as_str(), settings.redis_url.reveal(), mail, aws[0], aws[1]];
    ensure(
        !elsewhere.iter().any(|other| other.contains(text)),
        "JWT_SECRET is used as a password elsewhere: make one of its own with `openssl rand -base64 48`",
    )
}

fn database(config: &Config) -> Result<(), String> {
    ensure(
        !config.database.auto_migrate,
        "database.auto_migrate must be false in production: run `db migrate` as a step of the deployment",
    )?;
    ensure(
        !config.database.dangerously_truncate && !config.database.dangerously_recreate,
        "database.dangerously_truncate and dangerously_recreate must be false in production: they empty the database",
    )?;
    let address = config.database.uri.split('?').next().unwrap_or_default();
    let name = address.rsplit('/').next().unwrap_or_default();
    let name = name.strip_suffix(".sqlite").or_else(|| name.strip_suffix(".db")).unwrap_or(name);
    ensure(
        !OTHER_DATABASES.iter().any(|other| name.ends_with(other)),
        "DATABASE_URL names a database for development or tests: give production one of its own",
    )?;
    let password = address.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map(|(user, _)| user);
    let password = password.and_then(|user| user.split_once(':')).map(|(_, password)| password);
    ensure(
        !password.is_some_and(|password| SAMPLE_PASSWORDS.contains(&password)),
        "DATABASE_URL has a password that everybody knows: make one with `openssl rand -hex 24`",
    )
}

fn host(settings: &Settings, config: &Config) -> Result<(), String> {
    let host = config.server.host.as_str();
    ensure(
        host.starts_with("https://") || settings.production.allow_http_host == host,
        "HOST must begin with https://: over http everybody on the way reads passwords; \
         set ALLOW_HTTP_HOST to the same address to mean it",
    )
}

fn proxies(settings: &Settings) -> Result<(), String> {
    ensure(
        !settings.production.behind_proxy || !settings.trusted_networks().is_empty(),
        "TRUSTED_PROXIES must name the proxy's network where BEHIND_PROXY is true: \
         all clients would share the proxy's limits",
    )
}

fn bucket(settings: &Settings) -> Result<(), String> {
    let Ok(Place::Bucket(bucket)) = settings.storage.place() else { return Ok(()) };
    let endpoint = bucket.endpoint.unwrap_or_default();
    ensure(
        !endpoint.starts_with("http://") || origin(&settings.production.allow_http_endpoint) == Some(endpoint),
        "AWS_ENDPOINT_URL, or endpoint in STORAGE_URL, must begin with https://: over http everybody on the way \
         reads the files; set ALLOW_HTTP_ENDPOINT to the same address to mean it",
    )?;
    ensure(
        !SAMPLE_KEYS.contains(&settings.storage.aws.secret_access_key.reveal()),
        "AWS_SECRET_ACCESS_KEY is one that everybody knows: make a key of its own",
    )
}

fn mail(config: &Config) -> Result<(), String> {
    let smtp = config.mailer.as_ref().and_then(|mailer| mailer.smtp.as_ref()).filter(|smtp| smtp.enable);
    ensure(
        smtp.is_none_or(|smtp| !smtp.host.is_empty()),
        "MAILER_HOST must name the mail server where MAILER_ENABLED is true",
    )?;
    ensure(
        smtp.is_none_or(|smtp| smtp.tls_mode() != MailerTls::None || !names_user(smtp)),
        "MAILER_TLS must be starttls or implicit where MAILER_USER is set: the password would cross in clear",
    )
}

fn names_user(smtp: &SmtpMailer) -> bool {
    smtp.auth.as_ref().is_some_and(|auth| !auth.user.is_empty())
}
