//! Tests of `Prefer: wait=N` in `GET /api/v1/documents/{id}/typesettings/{tid}`.

use ballast::workers::typeset_document::{Args, TypesetDocument};
use loco_rs::bgworker::BackgroundWorker;
use serde_json::Value;

use super::{insert_without_job, path, second};
use crate::{
    requests::documents::write,
    support::{TestApp, TestResponse, app::SignedIn},
};

/// Starts an application with one typesetting that no worker has claimed. Returns the path of the typesetting.
async fn start() -> (TestApp, SignedIn, Value, String, Args) {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    let typesetting = insert_without_job(&app, &user, &document, second(0)).await;
    let shown = format!("{}/typesettings/{}", path(&document), typesetting.pid);
    (app, user, document, shown, Args { typesetting: typesetting.pid })
}

fn facts(response: &TestResponse) -> (u16, Option<&str>, Value) {
    (response.status.as_u16(), response.header("preference-applied"), response.json()["status"].clone())
}

#[tokio::test]
async fn response_waits_for_the_end_of_the_typesetting() {
    let (app, user, _, shown, args) = start().await;
    let worker = TypesetDocument::build(&app.ctx);
    let waiting = app.get(&shown).bearer(&user).header("prefer", "wait=20").send();
    let (response, performed) = tokio::join!(waiting, worker.perform(args));
    performed.unwrap();
    assert_eq!(facts(&response), (200, Some("wait=20"), "done".into()));
}

#[tokio::test]
async fn response_shows_the_status_when_the_wait_is_over() {
    let (app, user, _, shown, _) = start().await;
    for (preference, applied) in [("wait=1", Some("wait=1")), ("wait=0", Some("wait=0")), ("wait=soon", None)] {
        let response = app.get(&shown).bearer(&user).header("prefer", preference).send().await;
        assert_eq!(facts(&response), (200, applied, "queued".into()), "{preference}");
    }
}

#[tokio::test]
async fn wait_ends_when_the_document_is_deleted() {
    let (app, user, document, shown, _) = start().await;
    let waiting = app.get(&shown).bearer(&user).header("prefer", "wait=20").send();
    let deletion = app.delete(&path(&document)).bearer(&user).send();
    let (response, deleted) = tokio::join!(waiting, deletion);
    assert_eq!((deleted.status.as_u16(), response.status.as_u16()), (204, 404));
}

#[tokio::test]
async fn wait_ends_when_the_process_shuts_down() {
    let (app, user, _, shown, _) = start().await;
    let waiting = app.get(&shown).bearer(&user).header("prefer", "wait=20").send();
    let shutdown = async { app.services().process.shutdown_requested().cancel() };
    let (response, ()) = tokio::join!(waiting, shutdown);
    assert_eq!(facts(&response), (200, Some("wait=20"), "queued".into()));
}
