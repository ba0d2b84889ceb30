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
    correlation::{self, SPAN_TARGET},
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
        match (lifted, correlation::current()) {
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
            let _ = write_text(self.out, value);
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
                write!(out, "\\u{:04x}", u32::from(c))?
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
mod tests {
    use std::{io, sync::Arc};

    use parking_lot::Mutex;
    use serde_json::Value;
    use tracing_subscriber::{fmt::MakeWriter, layer::SubscriberExt};

    use super::{super::layer, CorrelationLayer};
    use crate::correlation::{RequestId, job_span, request_span};

    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Memory {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Memory {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn text(log: impl FnOnce()) -> String {
        let memory = Memory::default();
        let subscriber = tracing_subscriber::registry()
            .with(CorrelationLayer)
            .with(layer(&loco_rs::logger::Format::Json, memory.clone()));
        tracing::subscriber::with_default(subscriber, log);
        let text = String::from_utf8(memory.0.lock().clone()).unwrap();
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        text
    }

    fn lines(log: impl FnOnce()) -> Vec<Value> {
        text(log).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn fields_stand_flat_beside_those_of_the_request() {
        let id = RequestId::generate();
        let lines =
            lines(|| request_span(id, "GET", "/api").in_scope(|| tracing::info!(status = 200, "answered {}", "it")));
        assert_eq!(lines[0]["request_id"], id.to_string());
        assert_eq!(lines[0]["message"], "answered it");
        assert_eq!((&lines[0]["status"], &lines[0]["path"]), (&200.into(), &"/api".into()));
    }

    #[test]
    fn a_job_inside_a_request_is_a_job_and_no_name_stands_twice() {
        let (request, job) = (RequestId::generate(), RequestId::generate());
        let lines = lines(|| {
            request_span(request, "POST", "/api")
                .in_scope(|| job_span(job, "typeset", uuid::Uuid::nil()).in_scope(|| tracing::info!("runs")));
        });
        assert_eq!(lines[0]["request_id"], job.to_string());
        assert_eq!(lines[0].get("path"), None);
    }

    #[test]
    fn text_cannot_break_out_of_its_line() {
        let nasty = "a\nb\r\u{1b}[31m\0\u{2028}\u{202e}\"\\";
        let lines = lines(|| tracing::info!(nasty, level = "forged", "m"));
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["nasty"], nasty);
        assert_eq!((&lines[0]["level"], &lines[0]["field.level"]), (&"INFO".into(), &"forged".into()));
    }

    #[test]
    fn long_text_is_cut_and_what_is_no_number_is_null() {
        let lines = lines(|| tracing::info!(long = "x".repeat(64 * 1024), nan = f64::NAN, "m"));
        assert!(lines[0]["long"].as_str().unwrap().len() < 2100);
        assert_eq!(lines[0]["nan"], Value::Null);
    }

    #[test]
    fn a_number_too_large_to_round_is_written_whole() {
        let lines = lines(|| tracing::info!(largest = f64::MAX, "m"));
        assert_eq!(lines[0]["largest"].as_f64(), Some(f64::MAX));
    }

    #[test]
    fn a_cut_text_takes_two_kibibytes_with_its_mark() {
        let lines = lines(|| tracing::info!(long = "ä".repeat(4096), "m"));
        let long = lines[0]["long"].as_str().unwrap();
        assert!(long.len() <= 2048 && long.ends_with('…'), "{}", long.len());
    }

    #[test]
    fn a_name_given_twice_stands_once_and_the_message_always() {
        let text = text(|| tracing::info!(twice = 1, twice = 2));
        assert!(text.ends_with(",\"message\":\"\",\"twice\":1}\n"), "{text}");
    }

    #[test]
    fn a_line_outside_the_span_takes_the_id_of_its_task() {
        let id = RequestId::generate();
        let lines = lines(|| crate::correlation::REQUEST_ID.sync_scope(id, || tracing::info!("m")));
        assert_eq!(lines[0]["request_id"], id.to_string());
    }
}
