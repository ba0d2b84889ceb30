//! Tests of leases of typesettings: only one worker holds a lease, for as long as the worker renews the lease.

use ballast::models::typesettings::{MAX_ATTEMPTS, Model, RunOutcome, RunServices};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{get_typesetting, insert_without_job, second};
use crate::{
    requests::{documents::write, uploads::files},
    support::{TestApp, app::SignedIn},
};

/// Starts an application with one typesetting that no worker has claimed.
async fn start() -> (TestApp, SignedIn, Value, Model) {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    let typesetting = insert_without_job(&app, &user, &document, second(0)).await;
    (app, user, document, typesetting)
}

async fn claim(app: &TestApp, typesetting: &Model, at: i64) -> Option<Model> {
    Model::claim(&app.db, typesetting.pid, second(at)).await.unwrap()
}

#[tokio::test]
async fn claim_succeeds_for_one_of_twenty_concurrent_workers() {
    let (app, _, _, typesetting) = start().await;
    let claims = join_all((0..20).map(|_| Model::claim(&app.db, typesetting.pid, second(1)))).await;
    let got: Vec<Model> = claims.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(got.len(), 1);
    assert_eq!((got[0].status.as_str(), got[0].attempts), ("running", 1));
}

#[tokio::test]
async fn expired_lease_is_claimed_by_one_worker() {
    let (app, _, _, typesetting) = start().await;
    assert!(claim(&app, &typesetting, 0).await.is_some());
    assert!(claim(&app, &typesetting, 14).await.is_none());
    assert!(claim(&app, &typesetting, 15).await.is_none(), "the lease is valid to its end");
    let claims = join_all((0..20).map(|_| Model::claim(&app.db, typesetting.pid, second(16)))).await;
    let got: Vec<Model> = claims.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(got.iter().map(|typesetting| typesetting.attempts).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn lease_renewal_prevents_another_claim() {
    let (app, _, _, typesetting) = start().await;
    let claimed = claim(&app, &typesetting, 0).await.unwrap();
    for at in [10, 20, 30] {
        assert!(claimed.renew(&app.db, second(at)).await.unwrap());
        assert!(claim(&app, &typesetting, at + 14).await.is_none());
        assert!(Model::requeue_expired(&app.db, second(at + 14)).await.unwrap().is_empty());
    }
    assert!(claim(&app, &typesetting, 46).await.is_some());
}

#[tokio::test]
async fn lost_lease_can_be_neither_renewed_nor_released() {
    let (app, user, document, typesetting) = start().await;
    let late = claim(&app, &typesetting, 0).await.unwrap();
    let newer = claim(&app, &typesetting, 16).await.unwrap();
    assert!(!late.renew(&app.db, second(17)).await.unwrap());
    late.release(&app.db, second(17)).await.unwrap();
    assert_eq!(get_typesetting(&app, &user, &document, &json!({ "id": typesetting.pid })).await["status"], "running");
    assert!(newer.renew(&app.db, second(18)).await.unwrap());
    newer.release(&app.db, second(19)).await.unwrap();
    assert_eq!(
        claim(&app, &typesetting, 19).await.unwrap().attempts,
        3,
        "a released typesetting can be claimed at once"
    );
}

#[tokio::test]
async fn typesetting_is_claimed_at_most_max_attempts_times() {
    let (app, user, document, typesetting) = start().await;
    for attempt in 0..MAX_ATTEMPTS {
        assert!(claim(&app, &typesetting, i64::from(attempt) * 16).await.is_some(), "attempt {attempt}");
    }
    assert!(claim(&app, &typesetting, 1000).await.is_none());
    // The lease of the last attempt has expired, as after a crash. The requeue ends the typesetting, because no attempt
    // is left.
    assert!(Model::requeue_expired(&app.db, second(1000)).await.unwrap().is_empty());
    let failed = get_typesetting(&app, &user, &document, &json!({ "id": typesetting.pid })).await;
    assert_eq!((failed["status"].as_str(), failed["error"]["code"].as_str()), (Some("failed"), Some("internal_error")));
}

#[tokio::test]
async fn concurrent_requeues_return_a_typesetting_once() {
    let (app, _, _, typesetting) = start().await;
    let results = join_all((0..10).map(|_| Model::requeue_expired(&app.db, second(100)))).await;
    let requeued: Vec<_> = results.into_iter().flat_map(Result::unwrap).map(|typesetting| typesetting.pid).collect();
    assert_eq!(requeued, [typesetting.pid]);
}

#[tokio::test]
async fn attempt_stores_nothing_after_its_lease_expired() {
    let (app, user, document, typesetting) = start().await;
    let typesetter = app.services().typesetter.clone();
    let services = RunServices {
        db: &app.db,
        storage: &app.ctx.storage,
        typesetter: &typesetter,
        quota: u64::MAX,
        now: || second(17),
    };
    let late = claim(&app, &typesetting, 0).await.unwrap();
    let newer = claim(&app, &typesetting, 16).await.unwrap();
    assert_eq!(late.run(&services).await.unwrap(), RunOutcome::LeaseLost);
    assert!(files(&app).is_empty());
    assert_eq!(newer.run(&services).await.unwrap(), RunOutcome::Done);
    let done = get_typesetting(&app, &user, &document, &json!({ "id": typesetting.pid })).await;
    assert_eq!((done["status"].as_str(), files(&app).len()), (Some("done"), 1));
}
