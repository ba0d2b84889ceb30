//! Hooks: functions and names that the application passes to the log.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};

/// Functions and names of the application that the log uses.
#[derive(Clone, Copy)]
pub struct Hooks {
    /// Returns the current time.
    pub now: fn() -> DateTime<Utc>,
    /// Returns the ID of the request that the current task serves, or `None` outside a request.
    ///
    /// The log calls this function for each event outside correlation spans. The function must therefore be fast.
    pub request_id: fn() -> Option<String>,
    /// Replaces secrets in a text.
    pub redact: fn(&str) -> Cow<'_, str>,
    /// Target of correlation spans. The log copies the fields of these spans into the events inside the spans.
    pub span_target: &'static str,
}

impl Hooks {
    /// Returns the current time as RFC 3339 text with microseconds.
    #[must_use]
    pub fn timestamp(&self) -> String {
        (self.now)().to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}
