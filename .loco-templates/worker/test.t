{% set module = name | snake_case -%}
{% set type = module | pascal_case -%}
to: "tests/workers/{{ module }}.rs"
skip_exists: true
injections:
- into: tests/workers/mod.rs
  append: true
  content: "mod {{ module }};"
---
//! The job `{{ module }}`.

use {{ pkg_name }}::workers::{{ module }}::{Args, MAX_ATTEMPTS, {{ type }}};
use loco_rs::bgworker::BackgroundWorker;
use uuid::Uuid;

use crate::support::TestApp;

#[tokio::test]
async fn it_ends_well_whatever_becomes_of_the_work() {
    let app = TestApp::start().await;
    let job = {{ type }}::build(&app.ctx);
    assert!(job.perform(Args::of(Uuid::now_v7())).await.is_ok());
    app.ctx.db.close_by_ref().await.unwrap();
    assert!(job.perform(Args::of(Uuid::now_v7())).await.is_ok());
}

#[test]
fn it_is_tried_so_often_and_no_more_in_the_name_of_the_same_request() {
    let first = Args::of(Uuid::now_v7());
    let attempts: Vec<_> = std::iter::successors(Some(first.clone()), Args::again).collect();
    assert_eq!(attempts.len(), MAX_ATTEMPTS as usize);
    assert!(attempts.iter().all(|args| (args.job, args.request_id) == (first.job, first.request_id)));
}
