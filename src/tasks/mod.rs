//! Operator commands, run with `cargo loco task NAME`.

mod export_security_events;
#[cfg(debug_assertions)]
mod rename;
mod seed;

use loco_rs::{Error, task::Tasks};

pub use seed::seed;

use crate::errors::AppError;

/// Registers every task.
pub fn register(tasks: &mut Tasks) {
    tasks.register(export_security_events::ExportSecurityEvents);
    // Registered in debug builds only, because the task changes the source code.
    #[cfg(debug_assertions)]
    tasks.register(rename::Rename);
    // tasks-inject (do not remove)
}

/// Converts an error into a Loco error whose text contains the cause, because the reader is an operator, not a client.
fn operator_error(failure: &str, error: &AppError) -> Error {
    let cause = error.cause.as_ref().map_or_else(|| error.message.to_string(), ToString::to_string);
    Error::Message(format!("{failure}: {cause}"))
}
