{% set module = name | snake_case -%}
{% set type = module | pascal_case -%}
to: "tests/workers/{{ module }}.rs"
skip_exists: true
injections:
- into: tests/workers/mod.rs
  append: true
  content: "mod {{ module }};"
---
//! Tests of the job `{{ module }}`.

use {{ pkg_name }}::workers::{{ module }}::{Args, MAX_ATTEMPTS, {{ type }}};
use loco_rs::bgworker::BackgroundWorker;
use uuid::Uuid;

use crate::support::TestApp;

#[tokio::test]
async fn job_succeeds_when_the_database_is_closed() {
    let app = TestApp::start().await;
    let job = {{ type }}::build(&app.ctx);
    assert!(job.perform(Args::new(Uuid::now_v7())).await.is_ok());
    app.db.close().await.unwrap();
    assert!(job.perform(Args::new(Uuid::now_v7())).await.is_ok());
}

#[test]
fn job_keeps_its_ids_when_it_is_retried_up_to_the_limit() {
    let first = Args::new(Uuid::now_v7());
    let attempts: Vec<_> = std::iter::successors(Some(first.clone()), Args::next_attempt).collect();
    assert_eq!(attempts.len(), MAX_ATTEMPTS as usize);
    assert!(attempts.iter().all(|args| (args.job, args.request_id) == (first.job, first.request_id)));
}
