//! Installs the log: output, format, levels and panic hook.

use std::{io::IsTerminal, panic};

use json_log::{CorrelationLayer, Hooks};
use loco_rs::{Error, Result, config::Config, logger::Format};
use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt};

use crate::{
    clock,
    settings::redaction::redact,
    telemetry::request_id::{self, SPAN_TARGET},
};

pub use json_log::{dropped_lines, flush, reserve_stdout};

/// Functions of this application that the log uses.
const HOOKS: Hooks = Hooks { now: clock::now, request_id: current_request_id, redact, span_target: SPAN_TARGET };

fn current_request_id() -> Option<String> {
    request_id::current().map(|id| id.to_string())
}

/// Installs the log of the process. Calls after the first call have no effect.
///
/// # Errors
/// Returns an error if the level is invalid or standard output cannot be duplicated.
pub fn init(config: &Config) -> Result<()> {
    let filter = filter(&config.logger.level.to_string(), config.database.enable_logging)?;
    let is_json = matches!(config.logger.format, Format::Json);
    let lines = json_log::open(is_json, HOOKS).map_err(Error::IO)?;
    let layer = layer(&config.logger.format, lines);
    let installed = tracing_subscriber::registry().with(filter).with(correlation_layer()).with(layer).try_init();
    if installed.is_ok() {
        panic::set_hook(Box::new(log_panic));
    }
    Ok(())
}

/// Returns the layer that collects the fields of the spans of requests and jobs.
#[must_use]
pub const fn correlation_layer() -> CorrelationLayer {
    CorrelationLayer::new(HOOKS)
}

/// Returns the layer that writes lines in the given format.
pub fn layer<S, W>(format: &Format, lines: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> fmt::MakeWriter<'a> + Send + Sync + 'static,
{
    let text = fmt::layer().with_ansi(std::io::stdout().is_terminal());
    match format {
        Format::Json => json_log::layer(HOOKS, lines),
        Format::Pretty => text.pretty().with_writer(lines).boxed(),
        Format::Compact => text.compact().with_writer(lines).boxed(),
    }
}

/// Returns the filter of log lines. The filter passes lines of this workspace and Loco at `level`, and warnings of
/// other libraries. If `log_statements` is set, the filter also passes SQL statements at `level`.
///
/// Correlation spans pass at every level, because these spans add the request ID to log lines.
fn filter(level: &str, log_statements: bool) -> Result<EnvFilter> {
    let statements = if log_statements { level } else { "warn" };
    let directives = format!(
        "warn,ballast={level},http_server={level},json_log={level},password_pool={level},scaffold={level},\
         sliding_window={level},typesetter={level},waking_queue={level},loco_rs={level},migration={level},\
         sea_orm_migration={level},sqlx::query={statements},{SPAN_TARGET}=error"
    );
    EnvFilter::try_new(directives)
        .map_err(|error| Error::Message(format!("LOG_LEVEL must be trace, debug, info, warn or error ({error})")))
}

/// Logs a panic as one line. The default hook writes several lines to standard error.
fn log_panic(info: &panic::PanicHookInfo<'_>) {
    let payload = info.payload();
    let message =
        payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let location = info.location().map(|location| format!("{}:{}", location.file(), location.line()));
    let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
    tracing::error!(event = "panic", location, thread, "panicked: {}", message.unwrap_or("no message"));
}

/// Logs the error that ends the process, as one line with redacted secrets.
#[expect(clippy::print_stderr, reason = "before the log is installed, only standard error is available")]
pub fn fatal(message: &str, is_json: bool) {
    let line = redact(message.lines().next().unwrap_or("unknown error"));
    if json_log::is_open() {
        tracing::error!(event = "fatal", "{line}");
        flush();
    } else if is_json {
        let timestamp = clock::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        let line = serde_json::json!({
            "timestamp": timestamp,
            "level": "ERROR",
            "target": "ballast",
            "message": line,
            "event": "fatal",
        });
        eprintln!("{line}");
    } else {
        eprintln!("error: {line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::request_id::{REQUEST_ID, RequestId};

    #[test]
    fn filter_logs_every_workspace_crate_at_the_level_of_the_app() {
        let directives = filter("debug", false).unwrap().to_string();
        let mut crates = vec![env!("CARGO_CRATE_NAME").to_owned(), "migration".to_owned()];
        let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/crates")).unwrap();
        crates.extend(folders.map(|entry| entry.unwrap().file_name().to_string_lossy().replace('-', "_")));
        for name in crates {
            assert!(directives.split(',').any(|found| found == format!("{name}=debug")), "{name}: {directives}");
        }
    }

    #[test]
    fn hooks_return_the_id_of_the_request_that_the_task_serves() {
        let id = RequestId::generate();
        assert_eq!(REQUEST_ID.sync_scope(id, HOOKS.request_id), Some(id.to_string()));
        assert_eq!((HOOKS.request_id)(), None);
    }
}
