//! Operator commands, run with `cargo loco task NAME`.

mod export_security_events;
#[cfg(debug_assertions)]
mod rename;

use loco_rs::task::Tasks;

/// Registers every task.
pub fn register(tasks: &mut Tasks) {
    tasks.register(export_security_events::ExportSecurityEvents);
    // Registered in debug builds only, because the task changes the source code.
    #[cfg(debug_assertions)]
    tasks.register(rename::Rename);
    // tasks-inject (do not remove)
}
