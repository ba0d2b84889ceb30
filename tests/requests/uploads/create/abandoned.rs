//! Tests of uploaded files whose request ends before the row of the upload is inserted.

use std::{path::Path, time::Duration};

use axum::body::Bytes;
use ballast::{
    clock,
    models::{
        _entities::users,
        discarded_files::{self, Column},
        new_files::NewFile,
        uploads::{Model, NewUpload},
    },
};
use chrono::TimeDelta;
use futures_util::stream;
use sea_orm::{EntityTrait, QuerySelect};
use tokio::sync::oneshot;

use super::super::{files, rows};
use crate::support::TestApp;

async fn discarded_keys(app: &TestApp) -> Vec<String> {
    let keys = discarded_files::Entity::find().select_only().column(Column::StorageKey);
    let keys: Vec<String> = keys.into_tuple().all(&app.db).await.unwrap();
    keys.into_iter().map(|key| format!("storage/{key}")).collect()
}

async fn wait_until_stored(app: &TestApp) {
    while !files(app).iter().any(|file| file.starts_with("storage/uploads/")) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn orphaned_file_is_deleted_after_its_client_disconnected() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    let user = users::Entity::find().one(&app.db).await.unwrap().unwrap();
    // Locks the row of the owner, so that the upload cannot insert the row of the upload.
    let (db, user_id, (sender, lock)) = (app.db.clone(), user.id, oneshot::channel());
    let bytes = stream::once(async move {
        let txn = db.begin_write().await?;
        users::Entity::find_by_id(user_id).lock_exclusive().one(&txn).await?;
        sender.send(txn).unwrap();
        Ok(Bytes::from_static(b"complete"))
    });
    let limits = (1000, 1000, Duration::from_secs(30));
    let file = NewUpload { file_name: None, bytes, limit: limits.0, quota: limits.1, time_limit: limits.2 };
    tokio::select! {
        _ = Model::create_for(&app.db, &app.ctx.storage, &user, file, clock::now) => panic!("the row was inserted"),
        () = wait_until_stored(&app) => {}
    }
    drop(lock.await.unwrap());
    assert_eq!((rows(&app).await, files(&app)), (0, discarded_keys(&app).await));

    let due = async |seconds| {
        let now = clock::now() + TimeDelta::seconds(seconds);
        discarded_files::delete_due(&app.db, &app.ctx.storage, now).await.unwrap();
        (files(&app).len(), discarded_keys(&app).await.len())
    };
    assert_eq!(due(29).await, (1, 1), "the request could still be running");
    assert_eq!(due(95).await, (0, 0));
}

#[tokio::test]
async fn file_is_not_kept_after_its_deletion_is_due() {
    let app = TestApp::start().await;
    let now = clock::now();
    let file = NewFile::announce(&app.db, "uploads/aa/late".to_owned(), Duration::from_secs(30), now).await.unwrap();
    let keep = async |seconds| {
        let txn = app.db.begin_write().await.unwrap();
        let kept = file.keep(&txn, now + TimeDelta::seconds(seconds)).await.map_err(|error| error.code.name());
        (kept, txn.commit().await.is_ok())
    };
    assert_eq!(keep(60).await, (Err("service_unavailable"), true));
    assert_eq!(keep(30).await, (Ok(()), true));
    assert_eq!(keep(30).await, (Err("service_unavailable"), true), "a file is kept once");
}

#[tokio::test]
async fn file_is_not_deleted_if_the_commit_succeeded_but_its_response_was_lost() {
    let app = TestApp::start().await;
    let now = clock::now();
    let file = NewFile::announce(&app.db, "uploads/aa/kept".to_owned(), Duration::from_secs(30), now).await.unwrap();
    app.ctx.storage.upload(Path::new(&file.key), &Bytes::from_static(b"kept")).await.unwrap();
    let txn = app.db.begin_write().await.unwrap();
    file.keep(&txn, now).await.unwrap();
    txn.commit().await.unwrap();
    file.delete(&app.db, &app.ctx.storage).await;
    assert_eq!(files(&app), ["storage/uploads/aa/kept"]);
}
