//! Flat JSON format for `tracing` events and a non-blocking writer for standard output.
//!
//! The caller passes functions for the clock, the current request ID and the redaction of secrets.
//!
//! The crate reads no clock and no configuration. The crate's `README.md` contains guarantees and figures.

mod format;
mod hooks;
mod queue;
mod writer;

#[cfg(test)]
mod tests;

use tracing::Subscriber;
use tracing_subscriber::{
    Layer,
    fmt::{self, MakeWriter},
    registry::LookupSpan,
};

use self::format::FlatJson;
pub use self::{
    format::CorrelationLayer,
    hooks::Hooks,
    queue::Lines,
    writer::{dropped_lines, flush, is_open, open, reserve_stdout},
};

/// Returns the layer that writes each event as one flat JSON object.
///
/// Add a [`CorrelationLayer`] to the registry before this layer, because `CorrelationLayer` collects the fields of
/// the spans.
pub fn layer<S, W>(hooks: Hooks, lines: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // Does not format the fields of spans, because `CorrelationLayer` formats them.
    fmt::layer()
        .fmt_fields(fmt::format::debug_fn(|_, _, _| Ok(())))
        .event_format(FlatJson::new(hooks))
        .with_writer(lines)
        .boxed()
}
