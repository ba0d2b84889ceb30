//! Tests of the number and lifetime of typesetter processes.

use ballast::typesetting::{Error, Options, Typesetter};

use super::children::{child, children, wait_until_gone};
use super::{assert_works, document, options};

#[tokio::test]
async fn process_starts_with_the_first_document_and_is_reused() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert!(children(&options).is_empty());
    assert_works(&typesetter).await;
    let first = child(&options);
    assert_works(&typesetter).await;
    assert_eq!(child(&options), first);
}

#[tokio::test]
async fn two_concurrent_documents_use_two_processes_and_return_equal_bytes() {
    let options = Options { workers: 2, ..options() };
    let typesetter = Typesetter::new(options.clone());
    let typeset = || typesetter.typeset(document("# One\n\nof *two*"));
    let (first, second) = tokio::join!(typeset(), typeset());
    assert_eq!(children(&options).len(), 2);
    assert!(first.expect("typeset") == second.expect("typeset"), "the bytes differ");
}

#[tokio::test]
async fn two_concurrent_documents_share_the_only_process() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    tokio::join!(assert_works(&typesetter), assert_works(&typesetter));
    assert_eq!(children(&options).len(), 1);
}

#[tokio::test]
async fn process_is_replaced_after_its_maximum_number_of_jobs() {
    let options = Options { max_jobs_per_worker: 1, ..options() };
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    wait_until_gone(&options).await;
    assert_works(&typesetter).await;
}

#[tokio::test]
async fn dropped_future_kills_its_process() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    tokio::select! {
        biased;
        result = typesetter.typeset(document("Text.")) => panic!("too fast: {result:?}"),
        () = std::future::ready(()) => {}
    }
    wait_until_gone(&options).await;
    assert_works(&typesetter).await;
}

#[tokio::test]
async fn dropped_pool_ends_its_processes() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter.clone()).await;
    child(&options);
    drop(typesetter);
    wait_until_gone(&options).await;
}

#[tokio::test]
async fn shutdown_ends_all_processes_and_rejects_documents() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    let during = typesetter.clone();
    let (during, ()) = tokio::join!(during.typeset(document("Text.")), async {
        typesetter.shutdown();
    });
    assert!(matches!(during, Err(Error::ShutDown)), "{during:?}");
    wait_until_gone(&options).await;
    let after = typesetter.typeset(document("Text.")).await;
    assert!(matches!(after, Err(Error::ShutDown)), "{after:?}");
}
