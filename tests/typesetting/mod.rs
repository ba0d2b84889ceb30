//! Tests of the pool of typesetter processes: isolation of documents and processes.

mod children;
mod confinement;
mod failures;
mod pool;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ballast::typesetting::{Options, Typesetter};
use typesetter::Request;

/// Returns pool options with a unique memory limit, which identifies the processes of the pool.
fn options() -> Options {
    static NEXT: AtomicU64 = AtomicU64::new(2 << 30);
    Options {
        program: PathBuf::from(env!("CARGO_BIN_EXE_ballast-cli")),
        arguments: vec!["typeset-worker".to_owned()],
        workers: 1,
        deadline: Duration::from_mins(2),
        memory_bytes: NEXT.fetch_add(4096, Ordering::Relaxed),
        max_jobs_per_worker: 100,
    }
}

fn document(markdown: &str) -> Request {
    Request { title: "Title".to_owned(), markdown: markdown.to_owned(), ..Request::default() }
}

/// Typesets a small document, and asserts that the pool returns a PDF.
async fn assert_works(typesetter: &Typesetter) {
    let rendered = typesetter.typeset(document("Text.")).await.expect("the pool must work");
    assert_eq!(rendered.pages, 1);
    assert!(rendered.pdf.starts_with(b"%PDF-"));
}
