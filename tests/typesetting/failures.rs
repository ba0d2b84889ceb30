//! Whatever happens to a child, the caller hears what kind of thing it was and the next
//! document is typeset.

use std::path::PathBuf;
use std::time::Duration;

use ballast::typesetting::{Error, Options, Typesetter};
use rustix::process::{Signal, kill_process};

use super::children::{child, dead, gone};
use super::{assert_works, document, options};

#[tokio::test]
async fn a_refusal_names_its_limit_and_costs_no_child() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    let first = child(&options);
    let refused = typesetter.typeset(document(&">".repeat(100))).await;
    let Err(Error::Rejected(error)) = refused else { panic!("{refused:?}") };
    assert_eq!(error.code.as_str(), "document_too_complex");
    assert_eq!(error.limit.as_deref(), Some("nesting"));
    assert_works(&typesetter).await;
    assert_eq!(child(&options), first);
}

#[tokio::test]
async fn a_child_killed_over_a_document_is_a_crash() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    let over = child(&options);
    // It has the document when it is killed, and cannot be done with it before.
    kill_process(over, Signal::STOP).expect("stopped");
    let (crashed, ()) = tokio::join!(typesetter.typeset(document("Text.")), async {
        kill_process(over, Signal::KILL).expect("killed");
    });
    assert!(matches!(crashed, Err(Error::Crashed(_))), "{crashed:?}");
    assert_works(&typesetter).await;
}

#[tokio::test]
async fn a_child_that_dies_in_its_sleep_is_replaced_without_a_word() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    let sleeper = child(&options);
    kill_process(sleeper, Signal::KILL).expect("killed");
    dead(sleeper).await;
    assert_works(&typesetter).await;
}

#[tokio::test]
async fn a_document_that_takes_too_long_is_killed_with_its_child() {
    let options = Options { deadline: Duration::from_millis(1), ..options() };
    let typesetter = Typesetter::new(options.clone());
    for _ in 0..2 {
        let late = typesetter.typeset(document(&"word ".repeat(500))).await;
        assert!(matches!(late, Err(Error::Deadline(_))), "{late:?}");
        gone(&options).await;
    }
}

#[tokio::test]
async fn a_child_that_stops_answering_is_killed_at_the_deadline() {
    // Long enough for what works, on a machine that is busy.
    let options = Options { deadline: Duration::from_secs(10), ..options() };
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    kill_process(child(&options), Signal::STOP).expect("stopped");
    let late = typesetter.typeset(document("Text.")).await;
    assert!(matches!(late, Err(Error::Deadline(_))), "{late:?}");
    assert_works(&typesetter).await;
}

#[tokio::test]
async fn a_program_that_is_missing_or_says_nothing_is_unavailable() {
    for program in ["/nonexistent", "/bin/false", "/bin/echo"] {
        let options = Options { program: PathBuf::from(program), ..options() };
        let result = Typesetter::new(options).typeset(document("Text.")).await;
        assert!(matches!(result, Err(Error::Unavailable(_))), "{program}: {result:?}");
    }
}

#[tokio::test]
async fn too_little_memory_to_start_is_unavailable() {
    let options = Options { memory_bytes: 16 << 20, ..options() };
    let result = Typesetter::new(options).typeset(document("Text.")).await;
    assert!(matches!(result, Err(Error::Unavailable(_))), "{result:?}");
}
