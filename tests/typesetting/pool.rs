//! How many children there are, and how long they live.

use ballast::typesetting::{Error, Options, Typesetter};

use super::children::{child, children, gone};
use super::{assert_works, document, options};

#[tokio::test]
async fn no_child_runs_before_the_first_document_and_one_serves_many() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert!(children(&options).is_empty());
    assert_works(&typesetter).await;
    let first = child(&options);
    assert_works(&typesetter).await;
    assert_eq!(child(&options), first);
}

#[tokio::test]
async fn two_documents_at_once_use_two_children_and_give_the_same_bytes() {
    let options = Options { workers: 2, ..options() };
    let typesetter = Typesetter::new(options.clone());
    let typeset = || typesetter.typeset(document("# One\n\nof *two*"));
    let (first, second) = tokio::join!(typeset(), typeset());
    assert_eq!(children(&options).len(), 2);
    assert!(first.expect("typeset") == second.expect("typeset"), "not the same bytes");
}

#[tokio::test]
async fn two_documents_at_once_share_the_only_child_of_a_pool_of_one() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    tokio::join!(assert_works(&typesetter), assert_works(&typesetter));
    assert_eq!(children(&options).len(), 1);
}

#[tokio::test]
async fn a_child_is_replaced_when_it_has_done_its_share() {
    let options = Options { max_jobs_per_worker: 1, ..options() };
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    gone(&options).await;
    assert_works(&typesetter).await;
}

#[tokio::test]
async fn dropping_the_future_kills_the_child_that_works_on_it() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    tokio::select! {
        biased;
        result = typesetter.typeset(document("Text.")) => panic!("too fast: {result:?}"),
        () = std::future::ready(()) => {}
    }
    gone(&options).await;
    assert_works(&typesetter).await;
}

#[tokio::test]
async fn the_last_handle_takes_the_children_with_it() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter.clone()).await;
    child(&options);
    drop(typesetter);
    gone(&options).await;
}

#[tokio::test]
async fn after_shutdown_there_are_no_children_and_no_more_documents() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    let during = typesetter.clone();
    let (during, ()) = tokio::join!(during.typeset(document("Text.")), async {
        typesetter.shutdown();
    });
    assert!(matches!(during, Err(Error::ShutDown)), "{during:?}");
    gone(&options).await;
    let after = typesetter.typeset(document("Text.")).await;
    assert!(matches!(after, Err(Error::ShutDown)), "{after:?}");
}
