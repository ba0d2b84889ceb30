//! Reserves standard output for the log when the server starts.

use async_trait::async_trait;
use loco_rs::{
    Result,
    app::{AppContext, Initializer},
};

/// Reserves standard output for log lines. Loco runs initializers only for the command `start`, so that other commands
/// can print their results.
pub struct ReserveStdout;

#[async_trait]
impl Initializer for ReserveStdout {
    fn name(&self) -> String {
        "reserve-stdout".to_owned()
    }

    async fn before_run(&self, _: &AppContext) -> Result<()> {
        Ok(super::logging::reserve_stdout()?)
    }
}
