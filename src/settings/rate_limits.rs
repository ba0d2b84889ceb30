//! The numbers of every rate limit.

use std::{num::NonZeroU32, time::Duration};

use serde::Deserialize;

/// All limits; each field is one policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimitSettings {
    /// Fed by `RATE_LIMIT_ENABLED`.
    pub enabled: bool,
    /// Fed by `RATE_LIMIT_STORE`.
    pub store: StoreKind,
    /// How long a Redis may take to answer, 1 to 60,000.
    pub redis_deadline_milliseconds: u64,
    /// 1,000 to 100,000,000. Fed by `RATE_LIMIT_MAX_KEYS`.
    pub max_keys: usize,
    pub login: Quota,
    pub login_account: Quota,
    /// Fed by the variables of `login_account`: failures per account, from each place that they come from.
    pub login_pair: Quota,
    pub register: Quota,
    pub recovery: Quota,
    pub recovery_account: Quota,
    pub token: Quota,
    pub password: Quota,
    pub refresh: Quota,
    pub upload: Quota,
    pub typeset: Quota,
    /// Changes of generated resources.
    pub writes: Quota,
    pub report: Quota,
    /// Requests of a signed-in user to the API.
    pub user: Quota,
    /// Mails to one mailbox; counted in the database, where every process and the next one find them.
    pub mailbox: Quota,
    /// The same in a longer window.
    pub mailbox_day: Quota,
}

/// Where counts live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// Each process its own.
    Memory,
    /// Shared by all processes; each counts by itself while Redis is gone.
    Redis,
}

/// So many requests in a window that slides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// 1 to 100,000.
    pub requests: NonZeroU32,
    /// Seconds, 1 to 86,400.
    pub window_seconds: NonZeroU32,
}

impl Quota {
    /// The window's length.
    #[must_use]
    pub const fn length(&self) -> Duration {
        Duration::from_secs(self.window_seconds.get() as u64)
    }
}

impl RateLimitSettings {
    /// Every policy by the name it is declared with.
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

    /// Every window by the name of its variables: the policies, and what is counted elsewhere.
    pub fn windows(&self) -> impl Iterator<Item = (&'static str, Quota)> {
        let elsewhere = [("mailbox", self.mailbox), ("mailbox_day", self.mailbox_day)];
        self.policies().into_iter().chain(elsewhere)
    }
}
