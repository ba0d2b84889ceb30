//! One flat JSON object a line: the event's own fields beside those of the request or job it belongs to.

use std::fmt::{self, Write};

use chrono::SecondsFormat;
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

use crate::{
    clock,
    settings::redaction::redact,
    telemetry::request_id::{self, SPAN_TARGET},
};

/// Bytes of one field's text at most.
const FIELD_BYTES: usize = 2048;
/// Stands where a text was cut.
const CUT: &str = "…";

/// Names that an event's field may not take: they are the line's own or come from its span.
const RESERVED: [&str; 8] = ["timestamp", "level", "target", "request_id", "method", "path", "job", "job_id"];

/// The fields of a correlation span, ready to be put into a line.
struct Lifted(String);

/// Keeps the fields of correlation spans for the lines inside them.
pub struct CorrelationLayer;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for CorrelationLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        if attributes.metadata().target() != SPAN_TARGET {
            return;
        }
        let mut fields = String::new();
        attributes.record(&mut FieldWriter { out: &mut fields, all: attributes.metadata().fields(), reserved: &[] });
        if let Some(span) = ctx.span(id) {
            span.extensions_mut().insert(Lifted(fields));
        }
    }
}

/// The format of a line.
pub struct FlatJson;

impl<S, N> FormatEvent<S, N> for FlatJson
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut line: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let meta = event.metadata();
        let timestamp = clock::now().to_rfc3339_opts(SecondsFormat::Micros, true);
        write!(line, r#"{{"timestamp":"{timestamp}","level":"{}","target":"#, meta.level())?;
        write_text(&mut line, bridged_target(event).as_deref().unwrap_or(meta.target()))?;
        // The innermost span counts: a job inside a request is a job.
        let mut scope = ctx.event_scope().into_iter().flatten();
        let lifted =
            scope.find_map(|span| span.extensions().get::<Lifted>().map(|Lifted(fields)| line.write_str(fields)));
        match (lifted, request_id::current()) {
            (Some(written), _) => written?,
            // Outside the span, but still in the task of a request.
            (None, Some(id)) => write!(line, r#","request_id":"{id}""#)?,
            (None, None) => {}
        }
        if meta.fields().field("message").is_none() {
            line.write_str(r#","message":"""#)?;
        }
        event.record(&mut FieldWriter { out: &mut line, all: meta.fields(), reserved: &RESERVED });
        line.write_str("}\n")
    }
}

/// Where a line of the `log` crate comes from: its bridge gives all of them the target `log` and
/// keeps their own in a field.
fn bridged_target(event: &Event<'_>) -> Option<String> {
    struct Own(Option<String>);
    impl Visit for Own {
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
    let mut own = Own(None);
    event.record(&mut own);
    own.0
}

/// Writes each field as `,"name":value`.
struct FieldWriter<'a, W> {
    out: &'a mut W,
    all: &'a FieldSet,
    reserved: &'a [&'static str],
}

impl<W: Write> FieldWriter<'_, W> {
    /// Whether the field is to be written, after its name. Not if its name has stood before, which
    /// would make two keys of one name, nor if it is the bridge's, whose target has been lifted.
    fn name(&mut self, field: &Field) -> bool {
        let name = field.name();
        let repeated = self.all.field(name).is_some_and(|first| first.index() != field.index());
        if repeated || name.starts_with("log.") {
            return false;
        }
        let prefix = if self.reserved.contains(&name) { "field." } else { "" };
        // Writing to memory does not fail; a line that could not be written has no better place to say so.
        let _ = write!(self.out, r#","{prefix}{name}":"#);
        true
    }

    fn number(&mut self, field: &Field, value: impl fmt::Display) {
        if self.name(field) {
            let _ = write!(self.out, "{value}");
        }
    }

    fn text(&mut self, field: &Field, value: &str) {
        if self.name(field) {
            let _ = write_text(self.out, &redact(value));
        }
    }
}

impl<W: Write> Visit for FieldWriter<'_, W> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        let rounded = (value * 1000.0).round() / 1000.0;
        match (rounded.is_finite(), value.is_finite()) {
            (true, _) => self.number(field, rounded),
            // So large that its thousandfold is infinite, and three hundred digits long but for an exponent.
            (false, true) => self.number(field, format_args!("{value:e}")),
            // JSON has no word for what is not a number.
            (false, false) => self.number(field, "null"),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.number(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, &format!("{value:?}"));
    }
}

/// A JSON string, cut to what a field may take, without any character that could end or hide a line.
fn write_text(out: &mut impl Write, text: &str) -> fmt::Result {
    let end = if text.len() > FIELD_BYTES { text.floor_char_boundary(FIELD_BYTES - CUT.len()) } else { text.len() };
    out.write_char('"')?;
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
    if end < text.len() {
        out.write_str(CUT)?;
    }
    out.write_char('"')
}

#[cfg(test)]
mod tests;
