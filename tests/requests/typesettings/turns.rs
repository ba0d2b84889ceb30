//! Tests of scheduling: the maximum number of running typesettings per user, and round-robin between users.

use ballast::{
    clock,
    models::typesettings::{Model, RunOutcome, RunServices},
    workers::typeset_document::{Args, TypesetDocument},
};
use futures_util::future::join_all;
use loco_rs::bgworker::BackgroundWorker;
use serde_json::json;

use super::{get_typesetting, insert_without_job, second};
use crate::{requests::documents::write, support::TestApp};

#[tokio::test]
async fn two_typesettings_of_a_user_run_at_once() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let document = write(&app, &ada, "Notes", "It rained.").await;
    let mut queued = Vec::new();
    for _ in 0..4 {
        queued.push(insert_without_job(&app, &ada, &document, second(0)).await.pid);
    }
    let claims = join_all(queued.iter().map(|pid| Model::claim(&app.db, *pid, second(1)))).await;
    assert_eq!(claims.into_iter().filter_map(Result::unwrap).count(), 2);
    assert_eq!(Model::next(&app.db, second(2)).await.unwrap(), None);
    let others = write(&app, &eve, "Notes", "It snowed.").await;
    let others = insert_without_job(&app, &eve, &others, second(2)).await;
    assert_eq!(Model::next(&app.db, second(3)).await.unwrap(), Some(others.pid));
    assert!(Model::claim(&app.db, others.pid, second(3)).await.unwrap().is_some());
    // At this time, the leases of the running typesettings have expired, so these typesettings do not count.
    assert!(Model::next(&app.db, second(20)).await.unwrap().is_some());
}

#[tokio::test]
async fn users_take_turns_regardless_of_the_number_of_their_typesettings() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let mut queued = Vec::new();
    for (user, count) in [(&ada, 4), (&eve, 2)] {
        let document = write(&app, user, "Notes", "It rained.").await;
        for _ in 0..count {
            queued.push(insert_without_job(&app, user, &document, clock::now()).await.pid);
        }
    }
    let typesetter = app.services().typesetter.clone();
    let services = RunServices {
        db: &app.db,
        storage: &app.ctx.storage,
        typesetter: &typesetter,
        quota: u64::MAX,
        now: clock::now,
    };
    let mut sequence = Vec::new();
    while let Some(next) = Model::next(&app.db, clock::now()).await.unwrap() {
        let claimed = Model::claim(&app.db, next, clock::now()).await.unwrap().unwrap();
        assert_eq!(claimed.run(&services).await.unwrap(), RunOutcome::Done);
        sequence.push(queued.iter().position(|pid| *pid == next).unwrap());
    }
    assert_eq!(sequence, [0, 4, 1, 5, 2, 3]);
}

#[tokio::test]
async fn finished_typesetting_enqueues_a_job_for_the_next() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Notes", "It rained.").await;
    let mut queued = Vec::new();
    for _ in 0..3 {
        queued.push(insert_without_job(&app, &user, &document, clock::now()).await.pid);
    }
    TypesetDocument::build(&app.ctx).perform(Args { typesetting: queued[2] }).await.unwrap();
    for pid in queued {
        assert_eq!(get_typesetting(&app, &user, &document, &json!({ "id": pid })).await["status"], "done");
    }
}
