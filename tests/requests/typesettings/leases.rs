//! Who works on an order: one at a time, for as long as there are signs of life.

use ballast::{
    models::typesettings::{MAX_ATTEMPTS, Model, RunOutcome, RunServices},
    typesetting::Typesetter,
};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{second, shown, silent_order};
use crate::{
    requests::{documents::write, uploads::files},
    support::{TestApp, app::SignedIn},
};

/// An application with one order that nobody works on.
async fn start() -> (TestApp, SignedIn, Value, Model) {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", "It rained.").await;
    let order = silent_order(&app, &who, &document, second(0)).await;
    (app, who, document, order)
}

async fn claim(app: &TestApp, order: &Model, at: i64) -> Option<Model> {
    Model::claim(&app.db, order.pid, second(at)).await.unwrap()
}

#[tokio::test]
async fn of_twenty_who_claim_an_order_at_once_exactly_one_gets_it() {
    let (app, _, _, order) = start().await;
    let claims = join_all((0..20).map(|_| Model::claim(&app.db, order.pid, second(1)))).await;
    let got: Vec<Model> = claims.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(got.len(), 1);
    assert_eq!((got[0].status.as_str(), got[0].attempts), ("running", 1));
}

#[tokio::test]
async fn a_lease_can_be_claimed_once_it_has_run_out_and_by_one() {
    let (app, _, _, order) = start().await;
    assert!(claim(&app, &order, 0).await.is_some());
    assert!(claim(&app, &order, 14).await.is_none());
    assert!(claim(&app, &order, 15).await.is_none(), "it holds to its end");
    let claims = join_all((0..20).map(|_| Model::claim(&app.db, order.pid, second(16)))).await;
    let got: Vec<Model> = claims.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(got.iter().map(|order| order.attempts).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn a_sign_of_life_keeps_the_lease() {
    let (app, _, _, order) = start().await;
    let held = claim(&app, &order, 0).await.unwrap();
    for at in [10, 20, 30] {
        assert!(held.renew(&app.db, second(at)).await.unwrap());
        assert!(claim(&app, &order, at + 14).await.is_none());
        assert!(Model::sweep(&app.db, second(at + 14)).await.unwrap().is_empty());
    }
    assert!(claim(&app, &order, 46).await.is_some());
}

#[tokio::test]
async fn who_has_lost_the_lease_can_neither_keep_it_nor_give_it_back() {
    let (app, who, document, order) = start().await;
    let late = claim(&app, &order, 0).await.unwrap();
    let newer = claim(&app, &order, 16).await.unwrap();
    assert!(!late.renew(&app.db, second(17)).await.unwrap());
    late.release(&app.db, second(17)).await.unwrap();
    assert_eq!(shown(&app, &who, &document, &json!({ "id": order.pid })).await["status"], "running");
    assert!(newer.renew(&app.db, second(18)).await.unwrap());
    newer.release(&app.db, second(19)).await.unwrap();
    assert_eq!(claim(&app, &order, 19).await.unwrap().attempts, 3, "an order that was given back is free at once");
}

#[tokio::test]
async fn an_order_is_claimed_no_more_often_than_it_has_attempts() {
    let (app, who, document, order) = start().await;
    for attempt in 0..MAX_ATTEMPTS {
        assert!(claim(&app, &order, i64::from(attempt) * 16).await.is_some(), "attempt {attempt}");
    }
    assert!(claim(&app, &order, 1000).await.is_none());
    // A run that kills its whole process leaves a lease behind, which the sweep finds.
    assert!(Model::sweep(&app.db, second(1000)).await.unwrap().is_empty());
    let failed = shown(&app, &who, &document, &json!({ "id": order.pid })).await;
    assert_eq!((failed["status"].as_str(), failed["error"]["code"].as_str()), (Some("failed"), Some("internal_error")));
}

#[tokio::test]
async fn of_sweeps_at_once_one_offers_an_order() {
    let (app, _, _, order) = start().await;
    let sweeps = join_all((0..10).map(|_| Model::sweep(&app.db, second(100)))).await;
    let offered: Vec<_> = sweeps.into_iter().flat_map(Result::unwrap).map(|order| order.pid).collect();
    assert_eq!(offered, [order.pid]);
}

#[tokio::test]
async fn an_attempt_that_ends_after_its_lease_stores_nothing() {
    let (app, who, document, order) = start().await;
    let typesetter = app.ctx.shared_store.get::<Typesetter>().unwrap();
    let tools = RunServices {
        db: &app.db,
        storage: &app.ctx.storage,
        typesetter: &typesetter,
        quota: u64::MAX,
        now: || second(17),
    };
    let late = claim(&app, &order, 0).await.unwrap();
    let newer = claim(&app, &order, 16).await.unwrap();
    assert_eq!(late.typeset(&tools).await.unwrap(), RunOutcome::Lost);
    assert!(files(&app).is_empty());
    assert_eq!(newer.typeset(&tools).await.unwrap(), RunOutcome::Done);
    let done = shown(&app, &who, &document, &json!({ "id": order.pid })).await;
    assert_eq!((done["status"].as_str(), files(&app).len()), (Some("done"), 1));
}
