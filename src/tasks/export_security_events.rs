//! Task that exports security events as JSON lines, oldest first.

use std::{
    fs::File,
    io::{BufWriter, Write, stdout},
};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use loco_rs::{
    Error, Result,
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

use super::operator_error;
use crate::{
    clock,
    models::security_events::Export,
    services::Services,
    views::security_events::{ExportedEvent, SecurityEventView},
};

/// `cargo loco task export_security_events from:TIME to:TIME file:PATH` exports the events of a period.
///
/// `TIME` is a date or an RFC 3339 timestamp. Without `to`, the period ends at the current time. Without `file`, the
/// events are written to standard output. An existing file is not overwritten.
pub struct ExportSecurityEvents;

#[async_trait]
impl Task for ExportSecurityEvents {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "export_security_events".to_owned(),
            detail: "Writes security events as JSON lines [from:TIME] [to:TIME] [file:PATH]".to_owned(),
        }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> Result<()> {
        let argument = |name: &str| vars.cli.get(name).map(String::as_str);
        let from = argument("from").map(|text| time("from", text)).transpose()?;
        let to = argument("to").map(|text| time("to", text)).transpose()?.unwrap_or_else(clock::now);
        let services = Services::of(ctx);
        let mut export = Export::new(from, to);
        let mut lines = open(argument("file"))?;
        loop {
            let events = export
                .next(&services.db)
                .await
                .map_err(|error| operator_error("reading the security events failed", &error))?;
            if events.is_empty() {
                return Ok(lines.flush()?);
            }
            for (event, user_id) in events {
                let event = ExportedEvent { event: SecurityEventView::from(event), user_id };
                serde_json::to_writer(&mut lines, &event)?;
                lines.write_all(b"\n")?;
            }
        }
    }
}

fn open(file: Option<&str>) -> Result<Box<dyn Write + Send>> {
    Ok(match file {
        Some(path) => Box::new(BufWriter::new(
            File::create_new(path)
                .map_err(|error| Error::Message(format!("file: {path} cannot be created ({error})")))?,
        )),
        None => Box::new(BufWriter::new(stdout())),
    })
}

fn time(name: &str, text: &str) -> Result<DateTime<Utc>> {
    let date = || text.parse::<NaiveDate>().map(|date| date.and_time(NaiveTime::MIN).and_utc());
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc()).or_else(|_| date());
    time.map_err(|_| Error::Message(format!("{name}: must be as in 2026-01-31 or 2026-01-31T12:00:00Z")))
}
