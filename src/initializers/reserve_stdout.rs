//! Keeps everything but the log from standard output once the server starts.

use async_trait::async_trait;
use loco_rs::{
    Result,
    app::{AppContext, Initializer},
};

/// Runs for `start` alone: other commands print their answer, and are meant to.
pub struct QuietStdout;

#[async_trait]
impl Initializer for QuietStdout {
    fn name(&self) -> String {
        "quiet-stdout".to_owned()
    }

    async fn before_run(&self, _: &AppContext) -> Result<()> {
        Ok(super::logging::reserve_stdout()?)
    }
}
