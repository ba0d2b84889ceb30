//! A typesetter that crashes: the order stays, its attempts are counted, and there is an end to them.

use ballast::{
    models::typesettings::{Column, Entity, MAX_ATTEMPTS, Model},
    typesetting::Typesetter,
    workers::typeset_document::offer_stale,
};
use loco_rs::config::Config;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{order, second, shown, silent_order, typeset};
use crate::{
    requests::{documents::write, uploads::files},
    support::TestApp,
};

/// Every typesetting process ends as soon as it starts.
pub fn crashing(config: &mut Config) {
    config.settings.as_mut().unwrap()["typesetting"]["program"] = json!("/bin/false");
}

async fn row(app: &TestApp, order: &Value) -> Model {
    let pid: uuid::Uuid = order["id"].as_str().unwrap().parse().unwrap();
    Entity::find().filter(Column::Pid.eq(pid)).one(&app.db).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_order_survives_a_crash_and_fails_after_its_last_attempt() {
    let app = TestApp::start_with(crashing).await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", "It rained.").await;
    let ordered = order(&app, &who, &document).await;
    assert_eq!(ordered.status, 202, "what becomes of the job is nothing to the order");
    let ordered = ordered.json();
    for attempt in 1..=MAX_ATTEMPTS {
        assert_eq!(shown(&app, &who, &document, &ordered).await["status"], "queued", "after attempt {attempt}");
        assert_eq!(row(&app, &ordered).await.attempts, attempt);
        offer_stale(&app.ctx).await;
    }
    let failed = shown(&app, &who, &document, &ordered).await;
    assert_eq!((failed["status"].as_str(), failed["error"]["code"].as_str()), (Some("failed"), Some("internal_error")));
    insta::assert_json_snapshot!(failed["error"], @r#"
    {
      "code": "internal_error",
      "message": "An unexpected error occurred. Try again later."
    }
    "#);
    assert_eq!(row(&app, &ordered).await.attempts, MAX_ATTEMPTS, "no attempt more");
    assert!(Model::sweep(&app.db, second(0)).await.unwrap().is_empty(), "it is not offered again");
    assert!(files(&app).is_empty());
}

#[tokio::test]
async fn attempt_is_returned_when_the_process_stops() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", "It rained.").await;
    app.ctx.shared_store.get::<Typesetter>().unwrap().shutdown();
    let ordered = order(&app, &who, &document).await.json();
    assert_eq!(shown(&app, &who, &document, &ordered).await["status"], "queued");
    assert_eq!(row(&app, &ordered).await.attempts, 0);
}

#[tokio::test]
async fn an_order_whose_job_was_lost_is_offered_again_and_carried_out() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", "It rained.").await;
    // Ordered so long ago that it should have been taken, and nobody was woken.
    let long_ago = second(-1_000_000_000);
    let lost = json!({ "id": silent_order(&app, &who, &document, long_ago).await.pid });
    offer_stale(&app.ctx).await;
    assert_eq!(shown(&app, &who, &document, &lost).await["status"], "done");
}

#[tokio::test]
async fn an_order_that_may_still_be_in_the_queue_is_not_offered_twice() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", "It rained.").await;
    let order = silent_order(&app, &who, &document, second(0)).await;
    let swept =
        async |at| Model::sweep(&app.db, second(at)).await.unwrap().iter().map(|order| order.pid).collect::<Vec<_>>();
    assert!(swept(59).await.is_empty());
    assert_eq!(swept(60).await, [order.pid]);
    assert!(swept(119).await.is_empty(), "offered just now");
    assert_eq!(swept(120).await, [order.pid]);
}

#[tokio::test]
async fn a_finished_order_is_never_offered_again() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let (done, refused) =
        (write(&app, &who, "Field notes", "It rained.").await, write(&app, &who, "Deep", &">".repeat(40)).await);
    assert_eq!(typeset(&app, &who, &done).await["status"], "done");
    assert_eq!(typeset(&app, &who, &refused).await["status"], "failed");
    assert!(Model::sweep(&app.db, second(1_000_000)).await.unwrap().is_empty());
}
