//! Flat JSON format for `tracing` events and a non-blocking writer for standard output.
//!
//! The caller passes the clock, the current request ID and the redaction of secrets as functions. The crate
//! reads no clock and no configuration. Guarantees and figures are in the crate's `README.md`.

mod format;
mod writer;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use tracing::Subscriber;
use tracing_subscriber::{
    Layer,
    fmt::{self, MakeWriter},
    registry::LookupSpan,
};

use self::format::FlatJson;
pub use self::{
    format::CorrelationLayer,
    writer::{dropped_lines, flush, is_open, open, reserve_stdout},
};

/// Functions and names of the application that the log uses.
#[derive(Clone, Copy)]
pub struct Hooks {
    /// Returns the current time.
    pub now: fn() -> DateTime<Utc>,
    /// Returns the ID of the request that the running task serves, or `None`.
    ///
    /// It is called for each event outside correlation spans, so it must be cheap.
    pub request_id: fn() -> Option<String>,
    /// Replaces secrets in a text.
    pub redact: fn(&str) -> Cow<'_, str>,
    /// Target of correlation spans: the spans whose fields are copied into the events inside them.
    pub span_target: &'static str,
}

impl Hooks {
    /// Returns the current time as RFC 3339 text with microseconds.
    fn timestamp(&self) -> String {
        (self.now)().to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

/// Returns the layer that writes each event as one flat JSON object.
///
/// Add a [`CorrelationLayer`] before it, because it collects the fields of the spans.
pub fn layer<S, W>(hooks: Hooks, lines: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // The layer does not format fields of spans, because `CorrelationLayer` does.
    fmt::layer()
        .fmt_fields(fmt::format::debug_fn(|_, _, _| Ok(())))
        .event_format(FlatJson::new(hooks))
        .with_writer(lines)
        .boxed()
}
