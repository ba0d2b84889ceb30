{% set module = name | snake_case -%}
to: "tests/tasks/{{ module }}.rs"
skip_exists: true
injections:
- into: tests/tasks/mod.rs
  append: true
  content: "mod {{ module }};"
---
//! Tests of `cargo loco task {{ module }}`.

use {{ pkg_name }}::app::App;
use loco_rs::{
    app::Hooks,
    task::{Tasks, Vars},
};

use crate::support::TestApp;

async fn run(app: &TestApp, arguments: Vec<(String, String)>) -> loco_rs::Result<()> {
    let mut tasks = Tasks::default();
    App::register_tasks(&mut tasks);
    tasks.run(&app.ctx, "{{ module }}", &Vars::from_cli_args(arguments)).await
}

#[tokio::test]
async fn task_succeeds_when_it_has_no_arguments() {
    let app = TestApp::start().await;
    run(&app, Vec::new()).await.unwrap();
}

#[tokio::test]
async fn task_fails_when_an_argument_is_unknown() {
    let app = TestApp::start().await;
    let error = run(&app, vec![("unexpected".to_owned(), "1".to_owned())]).await.unwrap_err();
    assert!(error.to_string().contains("unexpected"), "{error}");
}
