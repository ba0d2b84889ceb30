//! Tests of the retention of PDFs: the newest PDF of each document is kept, within the quota.

use ballast::{
    clock,
    models::{
        discarded_files,
        typesettings::{Model, RunOutcome, RunServices},
    },
};
use chrono::TimeDelta;

use super::{get_typesetting, insert_without_job, pdf, typeset};
use crate::{
    requests::{documents::write, uploads::files},
    support::TestApp,
};

async fn delete_due(app: &TestApp, seconds: i64) {
    let now = clock::now() + TimeDelta::seconds(seconds);
    discarded_files::delete_due(&app.db, &app.ctx.storage, now).await.unwrap();
}

#[tokio::test]
async fn newest_pdf_of_each_document_is_kept() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let (document, other) =
        (write(&app, &user, "Notes", "It rained.").await, write(&app, &user, "Other", "It snowed.").await);
    typeset(&app, &user, &other).await;
    let mut all = files(&app);
    for _ in 0..3 {
        assert_eq!(typeset(&app, &user, &document).await["status"], "done");
    }
    assert_eq!(files(&app).len(), 4, "older PDFs remain readable for running requests");
    delete_due(&app, 61).await;
    let kept = files(&app);
    assert_eq!(kept.len(), 2);
    all.retain(|file| !kept.contains(file));
    assert!(all.is_empty(), "the PDF of another document is kept");
    assert!(pdf(&app, &user, &document).await.bytes.starts_with(b"%PDF-"));
}

#[tokio::test]
async fn older_typesetting_does_not_replace_a_newer_pdf() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Notes", "It rained.").await;
    let older = insert_without_job(&app, &user, &document, clock::now()).await;
    let older = Model::claim(&app.db, older.pid, clock::now()).await.unwrap().unwrap();
    typeset(&app, &user, &document).await;
    let newer = (files(&app), pdf(&app, &user, &document).await.header("etag").map(str::to_owned));
    let typesetter = app.services().typesetter.clone();
    let services = RunServices {
        db: &app.db,
        storage: &app.ctx.storage,
        typesetter: &typesetter,
        quota: u64::MAX,
        now: clock::now,
    };
    assert_eq!(older.run(&services).await.unwrap(), RunOutcome::Done);
    delete_due(&app, 61).await;
    let kept = (files(&app), pdf(&app, &user, &document).await.header("etag").map(str::to_owned));
    assert_eq!(kept, newer);
}

#[tokio::test]
async fn pdf_over_the_quota_fails_and_keeps_the_older_pdf() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Notes", "It rained.").await;
    typeset(&app, &user, &document).await;
    let before = files(&app);
    let next = insert_without_job(&app, &user, &document, clock::now()).await;
    let attempt = Model::claim(&app.db, next.pid, clock::now()).await.unwrap().unwrap();
    let typesetter = app.services().typesetter.clone();
    let services =
        RunServices { db: &app.db, storage: &app.ctx.storage, typesetter: &typesetter, quota: 1000, now: clock::now };
    assert_eq!(attempt.run(&services).await.unwrap(), RunOutcome::Failed);
    let failed = get_typesetting(&app, &user, &document, &serde_json::json!({ "id": next.pid })).await;
    assert_eq!(
        (failed["status"].as_str(), failed["error"]["code"].as_str()),
        (Some("failed"), Some("payload_too_large"))
    );
    assert_eq!(files(&app), before);
    assert!(pdf(&app, &user, &document).await.bytes.starts_with(b"%PDF-"));
}
