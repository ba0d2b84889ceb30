//! The pool of typesetting processes: what a document may do to its child and to nothing else.

mod children;
mod confinement;
mod failures;
mod pool;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ballast::typesetting::{Options, Typesetter};
use typesetter::Request;

/// Children of a pool are told from those of a test beside it by their memory limit.
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

/// Typesets a small document, which shows that the pool works.
async fn assert_works(typesetter: &Typesetter) {
    let rendered = typesetter.typeset(document("Text.")).await.expect("the pool works");
    assert_eq!(rendered.pages, 1);
    assert!(rendered.pdf.starts_with(b"%PDF-"));
}
