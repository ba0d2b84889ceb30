//! URL of a Redis server. The `Debug` output hides the URL, because the URL may contain a password.

use std::fmt;

use serde::Deserialize;
use url::Url;

/// URL with the syntax `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`. Empty if Redis is not used.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct RedisUrl(String);

impl RedisUrl {
    /// Returns the URL for a connection. Errors and log lines must not contain the URL.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns whether the syntax of the URL is valid.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        // Rejects an `@` after the host. A URL with an unencoded `#`, `/` or `?` in its password contains such an `@`.
        let is_complete = |url: &Url| {
            url.has_host()
                && url.fragment().is_none()
                && !url.path().contains('@')
                && !url.query().unwrap_or_default().contains('@')
        };
        self.0.starts_with("redis://") && redis::parse_redis_url(&self.0).is_some_and(|url| is_complete(&url))
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "RedisUrl(none)" } else { "RedisUrl(…)" })
    }
}
