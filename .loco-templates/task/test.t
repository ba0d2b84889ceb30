{% set module = name | snake_case -%}
to: "tests/tasks/{{ module }}.rs"
skip_exists: true
injections:
- into: tests/tasks/mod.rs
  append: true
  content: "mod {{ module }};"
---
//! `cargo loco task {{ module }}`.

use {{ pkg_name }}::app::App;
use loco_rs::{
    app::Hooks,
    task::{Tasks, Vars},
};

use crate::support::TestApp;

async fn run(app: &TestApp, given: Vec<(String, String)>) -> loco_rs::Result<()> {
    let mut tasks = Tasks::default();
    App::register_tasks(&mut tasks);
    tasks.run(&app.ctx, "{{ module }}", &Vars::from_cli_args(given)).await
}

#[tokio::test]
async fn it_runs() {
    let app = TestApp::start().await;
    run(&app, Vec::new()).await.unwrap();
}

#[tokio::test]
async fn an_argument_that_it_does_not_know_is_refused() {
    let app = TestApp::start().await;
    let refusal = run(&app, vec![("nope".to_owned(), "1".to_owned())]).await.unwrap_err();
    assert!(refusal.to_string().contains("nope"), "{refusal}");
}
