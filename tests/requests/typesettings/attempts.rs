//! Tests of retries after a crash of the typesetter, and of the maximum number of attempts.

use ballast::{
    models::typesettings::{Column, Entity, MAX_ATTEMPTS, Model},
    workers::typeset_document::requeue_expired,
};
use loco_rs::config::Config;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::{get_typesetting, insert_without_job, request_typesetting, second, typeset};
use crate::{
    requests::{documents::write, uploads::files},
    support::TestApp,
};

/// Configures a typesetter program that exits immediately.
pub fn crashing(config: &mut Config) {
    config.settings.as_mut().unwrap()["typesetting"]["program"] = json!("/bin/false");
}

async fn row(app: &TestApp, typesetting: &Value) -> Model {
    let pid: uuid::Uuid = typesetting["id"].as_str().unwrap().parse().unwrap();
    Entity::find().filter(Column::Pid.eq(pid)).one(&app.db).await.unwrap().unwrap()
}

#[tokio::test]
async fn typesetting_fails_after_its_last_attempt_crashed() {
    let app = TestApp::start_with(crashing).await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    let requested = request_typesetting(&app, &user, &document).await;
    assert_eq!(requested.status, 202, "the response does not depend on the job");
    let requested = requested.json();
    for attempt in 1..=MAX_ATTEMPTS {
        assert_eq!(
            get_typesetting(&app, &user, &document, &requested).await["status"],
            "queued",
            "after attempt {attempt}"
        );
        assert_eq!(row(&app, &requested).await.attempts, attempt);
        requeue_expired(&app.ctx).await;
    }
    let failed = get_typesetting(&app, &user, &document, &requested).await;
    assert_eq!((failed["status"].as_str(), failed["error"]["code"].as_str()), (Some("failed"), Some("internal_error")));
    insta::assert_json_snapshot!(failed["error"], @r#"
    {
      "code": "internal_error",
      "message": "An unexpected error occurred. Try again later."
    }
    "#);
    assert_eq!(row(&app, &requested).await.attempts, MAX_ATTEMPTS, "there must be no further attempt");
    assert!(
        Model::requeue_expired(&app.db, second(0)).await.unwrap().is_empty(),
        "a failed typesetting must not be requeued"
    );
    assert!(files(&app).is_empty());
}

#[tokio::test]
async fn typesetting_attempt_is_not_counted_if_the_process_shuts_down() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    app.services().typesetter.clone().shutdown();
    let requested = request_typesetting(&app, &user, &document).await.json();
    assert_eq!(get_typesetting(&app, &user, &document, &requested).await["status"], "queued");
    assert_eq!(row(&app, &requested).await.attempts, 0);
}

#[tokio::test]
async fn typesetting_is_requeued_and_finished_if_its_job_was_lost() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    // Inserts a typesetting without a job. The creation time is long ago, so that a requeue must find the typesetting.
    let long_ago = second(-1_000_000_000);
    let lost = json!({ "id": insert_without_job(&app, &user, &document, long_ago).await.pid });
    requeue_expired(&app.ctx).await;
    assert_eq!(get_typesetting(&app, &user, &document, &lost).await["status"], "done");
}

#[tokio::test]
async fn typesetting_is_not_requeued_while_it_may_be_queued() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    let typesetting = insert_without_job(&app, &user, &document, second(0)).await;
    let requeued = async |at| {
        Model::requeue_expired(&app.db, second(at))
            .await
            .unwrap()
            .iter()
            .map(|typesetting| typesetting.pid)
            .collect::<Vec<_>>()
    };
    assert!(requeued(59).await.is_empty());
    assert_eq!(requeued(60).await, [typesetting.pid]);
    assert!(requeued(119).await.is_empty(), "just requeued");
    assert_eq!(requeued(120).await, [typesetting.pid]);
}

#[tokio::test]
async fn finished_typesetting_is_never_requeued() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let (done, rejected) =
        (write(&app, &user, "Field notes", "It rained.").await, write(&app, &user, "Deep", &">".repeat(40)).await);
    assert_eq!(typeset(&app, &user, &done).await["status"], "done");
    assert_eq!(typeset(&app, &user, &rejected).await["status"], "failed");
    assert!(Model::requeue_expired(&app.db, second(1_000_000)).await.unwrap().is_empty());
}
