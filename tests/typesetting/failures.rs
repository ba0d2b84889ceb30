//! Tests of failures of a typesetter process: typed errors, and a pool that works afterwards.

use std::path::PathBuf;
use std::time::Duration;

use ballast::typesetting::{Error, Options, Typesetter};
use rustix::process::{Signal, kill_process};

use super::children::{child, wait_until_gone, wait_until_zombie};
use super::{assert_works, document, options};

#[tokio::test]
async fn rejected_document_names_the_limit_and_keeps_the_process() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    let first = child(&options);
    let rejected = typesetter.typeset(document(&">".repeat(100))).await;
    let Err(Error::Rejected(error)) = rejected else { panic!("{rejected:?}") };
    assert_eq!(error.code.as_str(), "document_too_complex");
    assert_eq!(error.limit.as_deref(), Some("nesting"));
    assert_works(&typesetter).await;
    assert_eq!(child(&options), first);
}

#[tokio::test]
async fn process_killed_during_a_document_is_a_crash() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    let victim = child(&options);
    // Suspends the process, so that the process cannot finish the document before the test kills it.
    kill_process(victim, Signal::STOP).expect("stopped");
    let (crashed, ()) = tokio::join!(typesetter.typeset(document("Text.")), async {
        kill_process(victim, Signal::KILL).expect("killed");
    });
    assert!(matches!(crashed, Err(Error::Crashed(_))), "{crashed:?}");
    assert_works(&typesetter).await;
}

#[tokio::test]
async fn process_killed_while_idle_is_replaced() {
    let options = options();
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    let idle = child(&options);
    kill_process(idle, Signal::KILL).expect("killed");
    wait_until_zombie(idle).await;
    assert_works(&typesetter).await;
}

#[tokio::test]
async fn document_over_the_deadline_is_killed_with_its_process() {
    let options = Options { deadline: Duration::from_millis(1), ..options() };
    let typesetter = Typesetter::new(options.clone());
    for _ in 0..2 {
        let late = typesetter.typeset(document(&"word ".repeat(500))).await;
        assert!(matches!(late, Err(Error::Deadline(_))), "{late:?}");
        wait_until_gone(&options).await;
    }
}

#[tokio::test]
async fn unresponsive_process_is_killed_at_the_deadline() {
    // The deadline is long enough for a normal document on a busy machine.
    let options = Options { deadline: Duration::from_secs(10), ..options() };
    let typesetter = Typesetter::new(options.clone());
    assert_works(&typesetter).await;
    kill_process(child(&options), Signal::STOP).expect("stopped");
    let late = typesetter.typeset(document("Text.")).await;
    assert!(matches!(late, Err(Error::Deadline(_))), "{late:?}");
    assert_works(&typesetter).await;
}

#[tokio::test]
async fn missing_or_silent_program_is_unavailable() {
    for program in ["/nonexistent", "/bin/false", "/bin/echo"] {
        let options = Options { program: PathBuf::from(program), ..options() };
        let result = Typesetter::new(options).typeset(document("Text.")).await;
        assert!(matches!(result, Err(Error::Unavailable(_))), "{program}: {result:?}");
    }
}

#[tokio::test]
async fn pool_is_unavailable_with_too_little_memory() {
    let options = Options { memory_bytes: 16 << 20, ..options() };
    let result = Typesetter::new(options).typeset(document("Text.")).await;
    assert!(matches!(result, Err(Error::Unavailable(_))), "{result:?}");
}
