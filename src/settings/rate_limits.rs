//! The numbers of every rate limit.

use std::{num::NonZeroU32, time::Duration};

use serde::Deserialize;

/// All limits; each field is one policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimits {
    /// Fed by `RATE_LIMIT_ENABLED`.
    pub enabled: bool,
    /// Fed by `RATE_LIMIT_STORE`.
    pub store: StoreKind,
    /// How long a Redis may take to answer, 1 to 60,000.
    pub redis_deadline_milliseconds: u64,
    /// 1,000 to 100,000,000. Fed by `RATE_LIMIT_MAX_KEYS`.
    pub max_keys: usize,
    pub login: Window,
    pub login_account: Window,
    pub register: Window,
    pub recovery: Window,
    pub refresh: Window,
    pub upload: Window,
    pub typeset: Window,
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
pub struct Window {
    /// 1 to 100,000.
    pub requests: NonZeroU32,
    /// Seconds, 1 to 86,400.
    pub window_seconds: NonZeroU32,
}

impl Window {
    /// The window's length.
    #[must_use]
    pub const fn length(&self) -> Duration {
        Duration::from_secs(self.window_seconds.get() as u64)
    }
}

impl RateLimits {
    /// Every policy by the name it is declared with.
    #[must_use]
    pub const fn policies(&self) -> [(&'static str, Window); 7] {
        [
            ("login", self.login),
            ("login_account", self.login_account),
            ("register", self.register),
            ("recovery", self.recovery),
            ("refresh", self.refresh),
            ("upload", self.upload),
            ("typeset", self.typeset),
        ]
    }
}
