//! Installs the log: where lines go, in which form, and which are written.

mod flat_json;
mod writer;

use std::{io::IsTerminal, panic};

use loco_rs::{Error, Result, config::Config, logger::Format};
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, fmt, fmt::format, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt,
};

use crate::settings::redaction::redact;

pub use flat_json::{CorrelationLayer, FlatJson};
pub use writer::{claim_stdout, dropped, flush};

/// Installs the log once for the process; later calls change nothing.
///
/// # Errors
/// When a level cannot be read or standard output cannot be duplicated.
pub fn init(config: &Config) -> Result<()> {
    let filter = filter(&config.logger.level.to_string(), config.database.enable_logging)?;
    let json = matches!(config.logger.format, Format::Json);
    let lines = writer::open(json).map_err(Error::IO)?;
    let layer = layer(&config.logger.format, lines);
    let installed = tracing_subscriber::registry().with(filter).with(CorrelationLayer).with(layer).try_init();
    if installed.is_ok() {
        panic::set_hook(Box::new(write_panic));
    }
    Ok(())
}

/// The layer that writes lines in one of the three forms.
pub fn layer<S, W>(format: &Format, lines: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> fmt::MakeWriter<'a> + Send + Sync + 'static,
{
    let plain = fmt::layer().with_ansi(std::io::stdout().is_terminal());
    match format {
        // The spans' fields are `CorrelationLayer`'s business: formatting them here too would be for nothing.
        Format::Json => fmt::layer()
            .fmt_fields(format::debug_fn(|_, _, _| Ok(())))
            .event_format(FlatJson)
            .with_writer(lines)
            .boxed(),
        Format::Pretty => plain.pretty().with_writer(lines).boxed(),
        Format::Compact => plain.compact().with_writer(lines).boxed(),
    }
}

/// Our own lines and Loco's at the level asked for, those of libraries from warnings on. The spans
/// that carry ids pass at every level.
fn filter(level: &str, statements: bool) -> Result<EnvFilter> {
    let database = if statements { level } else { "warn" };
    let directives = format!(
        "warn,ballast={level},http_server={level},password_pool={level},sliding_window={level},typesetter={level},loco_rs={level},migration={level},sea_orm_migration={level},sqlx::query={database},\
         loco_rs::controller::extractor::auth=off,{}=error",
        crate::telemetry::request_id::SPAN_TARGET
    );
    EnvFilter::try_new(directives).map_err(|error| Error::Message(format!("LOG_LEVEL: {error}")))
}

/// One line instead of the standard hook's several on standard error.
fn write_panic(info: &panic::PanicHookInfo<'_>) {
    let payload = info.payload();
    let message =
        payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let location = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
    let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
    tracing::error!(event = "panic", location, thread, "panicked: {}", message.unwrap_or("no message"));
}

/// Writes one line with the reason why the process ends, without the secrets of the settings.
#[expect(clippy::print_stderr, reason = "before the log is installed, standard error is all there is")]
pub fn fatal(message: &str, json: bool) {
    let line = redact(message.lines().next().unwrap_or("unknown error"));
    if writer::installed() {
        tracing::error!(event = "fatal", "{line}");
        flush();
    } else if json {
        let timestamp = crate::clock::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        eprintln!(
            "{}",
            serde_json::json!({ "timestamp": timestamp, "level": "ERROR", "target": "ballast", "message": line, "event": "fatal" })
        );
    } else {
        eprintln!("error: {line}");
    }
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn filter_logs_every_workspace_crate_at_the_level_of_the_app() {
        let directives = filter("debug", false).unwrap().to_string();
        let mut crates = vec![env!("CARGO_CRATE_NAME").to_owned(), "migration".to_owned(), "typesetter".to_owned()];
        let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/crates")).unwrap();
        crates.extend(folders.map(|entry| entry.unwrap().file_name().to_string_lossy().replace('-', "_")));
        for name in crates {
            assert!(directives.split(',').any(|found| found == format!("{name}=debug")), "{name}: {directives}");
        }
    }
}
