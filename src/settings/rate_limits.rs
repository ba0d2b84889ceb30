//! Settings of the rate limits.

use std::{num::NonZeroU32, time::Duration};

use serde::Deserialize;

/// Settings of all rate limits. Each field of type `Quota` is one limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimitSettings {
    /// Whether requests are limited. Set by `RATE_LIMIT_ENABLED`.
    pub enabled: bool,
    /// Store of the rate-limit counts. Set by `RATE_LIMIT_STORE`.
    pub store: StoreKind,
    /// Timeout of a rate-limit request to Redis, in milliseconds, 1 to 60,000. After a timeout, the memory store
    /// decides.
    pub redis_deadline_milliseconds: u64,
    /// Maximum number of rate-limit keys in memory, 1,000 to 100,000,000. Set by `RATE_LIMIT_MAX_KEYS`.
    pub max_keys: usize,
    pub login: Quota,
    pub login_account: Quota,
    /// Limit for failed logins per account and client network, or per account and trusted device. Set by the variables
    /// of `login_account`.
    pub login_pair: Quota,
    pub register: Quota,
    pub recovery: Quota,
    pub recovery_account: Quota,
    pub token: Quota,
    pub password: Quota,
    pub refresh: Quota,
    pub upload: Quota,
    pub typeset: Quota,
    /// Limit for write requests to documents and to resources created with the generator: per client address, and per
    /// user.
    pub writes: Quota,
    pub report: Quota,
    /// Limit for requests to the API and to web pages, per signed-in user.
    pub user: Quota,
    /// Limit for e-mails of one kind to one mailbox. Untrusted clients, trusted networks and trusted devices each have
    /// a separate count. Above the limit, the server sends no e-mail. The database counts the e-mails, so that all
    /// processes share the counts.
    pub mailbox: Quota,
    /// Second limit for e-mails of one kind to one mailbox. The default window is one day.
    pub mailbox_day: Quota,
}

/// Store of the rate-limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// Memory of the process. Every process counts separately.
    Memory,
    /// Redis. All processes share the counts. While Redis is unreachable, every process counts separately.
    Redis,
}

/// Maximum number of requests in a sliding window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Maximum number of requests, 1 to 100,000.
    pub requests: NonZeroU32,
    /// Length of the window, in seconds, 1 to 86,400.
    pub window_seconds: NonZeroU32,
}

impl Quota {
    /// Returns the length of the window.
    #[must_use]
    pub const fn length(&self) -> Duration {
        Duration::from_secs(self.window_seconds.get() as u64)
    }
}

impl RateLimitSettings {
    /// Returns all policies with their names.
    #[must_use]
    pub const fn policies(&self) -> [(&'static str, Quota); 14] {
        [
            ("login", self.login),
            ("login_account", self.login_account),
            ("login_pair", self.login_pair),
            ("register", self.register),
            ("recovery", self.recovery),
            ("recovery_account", self.recovery_account),
            ("token", self.token),
            ("password", self.password),
            ("refresh", self.refresh),
            ("upload", self.upload),
            ("typeset", self.typeset),
            ("writes", self.writes),
            ("report", self.report),
            ("user", self.user),
        ]
    }

    /// Returns all quotas with their names: the policies, and the limits for e-mails, which the database counts.
    pub fn windows(&self) -> impl Iterator<Item = (&'static str, Quota)> {
        let mailboxes = [("mailbox", self.mailbox), ("mailbox_day", self.mailbox_day)];
        self.policies().into_iter().chain(mailboxes)
    }
}
