//! What an operator asks for by `cargo loco task NAME`.

mod export_security_events;
#[cfg(debug_assertions)]
mod rename;

use loco_rs::task::Tasks;

/// Makes every task known.
pub fn register(tasks: &mut Tasks) {
    tasks.register(export_security_events::ExportSecurityEvents);
    // Changes the source: only where there is one.
    #[cfg(debug_assertions)]
    tasks.register(rename::Rename);
    // tasks-inject (do not remove)
}
