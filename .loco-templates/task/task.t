{% set module = name | snake_case -%}
{% set type = module | pascal_case -%}
to: "src/tasks/{{ module }}.rs"
skip_exists: true
message: "Task `{{ module }}` generated. Run it with `cargo loco task {{ module }}`."
injections:
- into: src/tasks/mod.rs
  after_last: "^mod "
  content: "mod {{ module }};"
- into: src/tasks/mod.rs
  before: "tasks-inject"
  content: "    tasks.register({{ module }}::{{ type }});"
---
//! Task `{{ module }}`.

use async_trait::async_trait;
use loco_rs::{
    Error, Result,
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

/// Checks the database connection. Replace the body of `run` with the work of the task.
pub struct {{ type }};

#[async_trait]
impl Task for {{ type }} {
    fn task(&self) -> TaskInfo {
        TaskInfo { name: "{{ module }}".to_owned(), detail: "Checks the database connection".to_owned() }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> Result<()> {
        if let Some(name) = vars.cli.keys().next() {
            return Err(Error::Message(format!("{name}: unknown argument; the task has no arguments")));
        }
        Ok(ctx.db.ping().await?)
    }
}
