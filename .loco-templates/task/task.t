{% set module = name | snake_case -%}
{% set type = module | pascal_case -%}
to: "src/tasks/{{ module }}.rs"
skip_exists: true
message: "The task `{{ module }}`: `cargo loco task {{ module }}`."
injections:
- into: src/tasks/mod.rs
  after_last: "^mod "
  content: "mod {{ module }};"
- into: src/tasks/mod.rs
  before: "tasks-inject"
  content: "    tasks.register({{ module }}::{{ type }});"
---
//! A task of its own: {{ module | replace(from="_", to=" ") }}.

use async_trait::async_trait;
use loco_rs::{
    Error, Result,
    app::AppContext,
    task::{Task, TaskInfo, Vars},
};

/// Takes no argument yet.
pub struct {{ type }};

#[async_trait]
impl Task for {{ type }} {
    fn task(&self) -> TaskInfo {
        TaskInfo { name: "{{ module }}".to_owned(), detail: "Asks whether the database is there".to_owned() }
    }

    async fn run(&self, ctx: &AppContext, vars: &Vars) -> Result<()> {
        if let Some(name) = vars.cli.keys().next() {
            return Err(Error::Message(format!("{name}: no such argument")));
        }
        Ok(ctx.db.ping().await?)
    }
}
