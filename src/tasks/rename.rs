//! Task that renames the application.

use std::path::Path;

use async_trait::async_trait;
use loco_rs::{
    Error, Result,
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};
use scaffold::Project;

/// `cargo loco task rename name:acme` renames the crate, programs, titles, cookies, metrics and containers.
///
/// Changes only files that Git tracks. Fails if the working tree has uncommitted changes.
pub struct Rename;

#[async_trait]
impl Task for Rename {
    fn task(&self) -> TaskInfo {
        TaskInfo {
            name: "rename".to_owned(),
            detail: "Renames the application: name:NAME, in a working tree without changes".to_owned(),
        }
    }

    async fn run(&self, _: &AppContext, vars: &Vars) -> Result<()> {
        let name = vars.cli_arg("name").map_err(|_| Error::string("the task needs the new name: name:NAME"))?;
        let project = Project { root: Path::new("."), crate_name: env!("CARGO_CRATE_NAME") };
        scaffold::rename(&project, name).map_err(|reason| Error::string(&reason))?;
        tracing::info!("application renamed to {name}; next: cargo test, then commit");
        Ok(())
    }
}
