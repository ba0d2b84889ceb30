//! Which PDFs are kept: the newest of each document, within the quota.

use ballast::{
    clock,
    models::{
        discarded_files,
        typesettings::{Model, RunOutcome, RunServices},
    },
    typesetting::Typesetter,
};
use chrono::TimeDelta;

use super::{pdf, shown, silent_order, typeset};
use crate::{
    requests::{documents::write, uploads::files},
    support::TestApp,
};

async fn delete_due(app: &TestApp, seconds: i64) {
    let now = clock::now() + TimeDelta::seconds(seconds);
    discarded_files::delete_due(&app.db, &app.ctx.storage, now).await.unwrap();
}

#[tokio::test]
async fn only_the_newest_pdf_of_each_document_is_kept() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let (document, other) =
        (write(&app, &who, "Notes", "It rained.").await, write(&app, &who, "Other", "It snowed.").await);
    typeset(&app, &who, &other).await;
    let mut all = files(&app);
    for _ in 0..3 {
        assert_eq!(typeset(&app, &who, &document).await["status"], "done");
    }
    assert_eq!(files(&app).len(), 4, "a request that has found an older PDF can still open it");
    delete_due(&app, 61).await;
    let kept = files(&app);
    assert_eq!(kept.len(), 2);
    all.retain(|file| !kept.contains(file));
    assert!(all.is_empty(), "the PDF of another document is kept");
    assert!(pdf(&app, &who, &document).await.bytes.starts_with(b"%PDF-"));
}

#[tokio::test]
async fn older_typesetting_that_finishes_last_does_not_replace_a_newer_pdf() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Notes", "It rained.").await;
    let older = silent_order(&app, &who, &document, clock::now()).await;
    typeset(&app, &who, &document).await;
    let newer = (files(&app), pdf(&app, &who, &document).await.header("etag").map(str::to_owned));
    let older = Model::claim(&app.db, older.pid, clock::now()).await.unwrap().unwrap();
    let typesetter = app.ctx.shared_store.get::<Typesetter>().unwrap();
    let tools = RunServices {
        db: &app.db,
        storage: &app.ctx.storage,
        typesetter: &typesetter,
        quota: u64::MAX,
        now: clock::now,
    };
    assert_eq!(older.typeset(&tools).await.unwrap(), RunOutcome::Done);
    delete_due(&app, 61).await;
    let kept = (files(&app), pdf(&app, &who, &document).await.header("etag").map(str::to_owned));
    assert_eq!(kept, newer);
}

#[tokio::test]
async fn pdf_over_the_quota_fails_and_leaves_the_older_pdf() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Notes", "It rained.").await;
    typeset(&app, &who, &document).await;
    let before = files(&app);
    let next = silent_order(&app, &who, &document, clock::now()).await;
    let attempt = Model::claim(&app.db, next.pid, clock::now()).await.unwrap().unwrap();
    let typesetter = app.ctx.shared_store.get::<Typesetter>().unwrap();
    let tools =
        RunServices { db: &app.db, storage: &app.ctx.storage, typesetter: &typesetter, quota: 1000, now: clock::now };
    assert_eq!(attempt.typeset(&tools).await.unwrap(), RunOutcome::Failed);
    let failed = shown(&app, &who, &document, &serde_json::json!({ "id": next.pid })).await;
    assert_eq!(
        (failed["status"].as_str(), failed["error"]["code"].as_str()),
        (Some("failed"), Some("payload_too_large"))
    );
    assert_eq!(files(&app), before);
    assert!(pdf(&app, &who, &document).await.bytes.starts_with(b"%PDF-"));
}
