//! The address of a Redis server, which may hold a password and therefore never shows itself.

use std::fmt;

use serde::Deserialize;
use url::Url;

/// `redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]`; empty for none.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct RedisUrl(String);

impl RedisUrl {
    /// The address itself: for whoever connects, never for a message.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether it can be connected to, as far as its form says.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        // A password with a `#`, `/` or `?` may still parse, with its rest as part of something else.
        let whole = |url: &Url| {
            url.has_host()
                && url.fragment().is_none()
                && !url.path().contains('@')
                && !url.query().unwrap_or_default().contains('@')
        };
        self.0.starts_with("redis://") && redis::parse_redis_url(&self.0).is_some_and(|url| whole(&url))
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "RedisUrl(none)" } else { "RedisUrl(…)" })
    }
}
