//! Format of a log line: one flat JSON object with the fields of the event and of its correlation span.

use std::{
    borrow::Cow,
    fmt::{self, Write},
};

use tracing::{
    Event, Subscriber,
    field::{Field, FieldSet, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{
    Layer,
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    layer::Context,
    registry::LookupSpan,
};

use crate::hooks::Hooks;

/// Maximum length of the text of one field, in bytes.
const FIELD_BYTES: usize = 2048;
/// Text at the end of a truncated field.
const ELLIPSIS: &str = "…";

/// Field names reserved for the log line and for correlation spans. An event field with such a name gets the
/// prefix `field.` in the log line.
const RESERVED: [&str; 8] = ["timestamp", "level", "target", "request_id", "method", "path", "job", "job_id"];

/// Fields of a correlation span, already formatted as members of a JSON object.
struct SpanFields(String);

/// Layer that formats the fields of each correlation span once. All events inside the span reuse the text.
pub struct CorrelationLayer {
    hooks: Hooks,
}

impl CorrelationLayer {
    /// Creates the layer. The layer collects the fields of spans with the target `hooks.span_target`.
    #[must_use]
    pub const fn new(hooks: Hooks) -> Self {
        Self { hooks }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for CorrelationLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let metadata = attributes.metadata();
        if metadata.target() != self.hooks.span_target {
            return;
        }
        let mut fields = String::new();
        let redact = self.hooks.redact;
        attributes.record(&mut FieldWriter { out: &mut fields, all: metadata.fields(), reserved: &[], redact });
        if let Some(span) = ctx.span(id) {
            span.extensions_mut().insert(SpanFields(fields));
        }
    }
}

/// Event format: writes each event as one line.
pub struct FlatJson {
    hooks: Hooks,
}

impl FlatJson {
    pub const fn new(hooks: Hooks) -> Self {
        Self { hooks }
    }
}

impl<S, N> FormatEvent<S, N> for FlatJson
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut line: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        write!(line, r#"{{"timestamp":"{}","level":"{}","target":"#, self.hooks.timestamp(), metadata.level())?;
        write_text(&mut line, log_target(event).as_deref().unwrap_or(metadata.target()))?;
        // Uses only the innermost correlation span, because a job inside a request has its own fields.
        let mut scope = ctx.event_scope().into_iter().flatten();
        let span_fields =
            scope.find_map(|span| span.extensions().get::<SpanFields>().map(|SpanFields(text)| line.write_str(text)));
        if let Some(written) = span_fields {
            written?;
        } else if let Some(id) = (self.hooks.request_id)() {
            // The event has no correlation span, but belongs to the task of a request.
            line.write_str(r#","request_id":"#)?;
            write_text(&mut line, &id)?;
        }
        if metadata.fields().field("message").is_none() {
            line.write_str(r#","message":"""#)?;
        }
        let redact = self.hooks.redact;
        event.record(&mut FieldWriter { out: &mut line, all: metadata.fields(), reserved: &RESERVED, redact });
        line.write_str("}\n")
    }
}

/// Returns the original target of an event from the `log` crate, or `None` for any other event.
///
/// The bridge from `log` to `tracing` gives all its events the target `log`. A field of the event contains
/// the original target.
fn log_target(event: &Event<'_>) -> Option<String> {
    struct Target(Option<String>);
    impl Visit for Target {
        fn record_str(&mut self, field: &Field, value: &str) {
            if field.name() == "log.target" {
                self.0 = Some(value.to_owned());
            }
        }

        fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
    }
    if event.metadata().target() != "log" {
        return None;
    }
    let mut target = Target(None);
    event.record(&mut target);
    target.0
}

/// Writes each field as `,"name":value`.
struct FieldWriter<'a, W> {
    out: &'a mut W,
    all: &'a FieldSet,
    reserved: &'a [&'static str],
    redact: fn(&str) -> Cow<'_, str>,
}

impl<W: Write> FieldWriter<'_, W> {
    /// Writes the name of a field. Returns whether the caller must write the value.
    ///
    /// Skips repeated names, because names in a JSON object must be unique. Skips fields of the `log` bridge.
    fn write_name(&mut self, field: &Field) -> bool {
        let name = field.name();
        let repeated = self.all.field(name).is_some_and(|first| first.index() != field.index());
        if repeated || name.starts_with("log.") {
            return false;
        }
        let prefix = if self.reserved.contains(&name) { "field." } else { "" };
        // Ignores errors, because a write to memory does not fail.
        let _ = write!(self.out, r#","{prefix}{name}":"#);
        true
    }

    fn write_number(&mut self, field: &Field, value: impl fmt::Display) {
        if self.write_name(field) {
            let _ = write!(self.out, "{value}");
        }
    }

    fn write_string(&mut self, field: &Field, value: &str) {
        if self.write_name(field) {
            let _ = write_text(self.out, &(self.redact)(value));
        }
    }
}

impl<W: Write> Visit for FieldWriter<'_, W> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        let rounded = (value * 1000.0).round() / 1000.0;
        match (rounded.is_finite(), value.is_finite()) {
            (true, _) => self.write_number(field, rounded),
            // `value * 1000.0` is infinite, so `value` is not rounded. The exponent format avoids 300 digits.
            (false, true) => self.write_number(field, format_args!("{value:e}")),
            // Writes `null`, because JSON has no literal for infinity or NaN.
            (false, false) => self.write_number(field, "null"),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.write_number(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.write_number(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.write_number(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.write_string(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.write_string(field, &format!("{value:?}"));
    }
}

/// Writes a JSON string, truncated to [`FIELD_BYTES`].
///
/// Escapes control characters, line separators and bidirectional controls, because they could end a line or
/// hide its text.
fn write_text(out: &mut impl Write, text: &str) -> fmt::Result {
    let end =
        if text.len() > FIELD_BYTES { text.floor_char_boundary(FIELD_BYTES - ELLIPSIS.len()) } else { text.len() };
    out.write_char('"')?;
    if text[..end].bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        out.write_str(&text[..end])?;
        return end_text(out, end < text.len());
    }
    for character in text[..end].chars() {
        match character {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            c if c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c) => {
                write!(out, "\\u{:04x}", u32::from(c))?;
            }
            c => out.write_char(c)?,
        }
    }
    end_text(out, end < text.len())
}

/// Ends a JSON string.
fn end_text(out: &mut impl Write, is_truncated: bool) -> fmt::Result {
    if is_truncated {
        out.write_str(ELLIPSIS)?;
    }
    out.write_char('"')
}
