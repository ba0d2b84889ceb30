//! `DELETE /api/v1/auth/me`.

use ballast::{
    clock,
    models::{_entities as tables, discarded_files},
    workers,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use super::{ask, faults, login, me, refresh};
use crate::{
    requests::{
        documents::write,
        typesettings::typeset,
        uploads::{PNG, files, upload},
    },
    support::{Answer, PASSWORD, TestApp, app::SignedIn},
};

async fn remove(app: &TestApp, who: &SignedIn, password: &str) -> Answer {
    app.delete("/api/v1/auth/me").bearer(who).json(&json!({ "password": password })).send().await
}

/// Somebody with an upload, a document and its PDF.
async fn settled(app: &TestApp, name: &str) -> SignedIn {
    let who = app.sign_in(name).await;
    upload(app, &who, "photo.png", PNG).await;
    let document = write(app, &who, "Field notes", "It rained.").await;
    typeset(app, &who, &document).await;
    who
}

/// Rows of everything that belongs to somebody.
async fn rows(app: &TestApp) -> Vec<u64> {
    let db = &app.db;
    vec![
        tables::users::Entity::find().count(db).await.unwrap(),
        tables::sessions::Entity::find().count(db).await.unwrap(),
        tables::refresh_tokens::Entity::find().count(db).await.unwrap(),
        tables::one_time_tokens::Entity::find().count(db).await.unwrap(),
        tables::uploads::Entity::find().count(db).await.unwrap(),
        tables::documents::Entity::find().count(db).await.unwrap(),
        tables::typesettings::Entity::find().count(db).await.unwrap(),
    ]
}

#[tokio::test]
async fn the_account_goes_with_everything_that_is_its_owner_s_and_nothing_else() {
    let app = TestApp::start().await;
    settled(&app, "eve").await;
    let (kept_rows, kept_files) = (rows(&app).await, files(&app));
    let who = settled(&app, "ada").await;
    assert_eq!(files(&app).len(), 2 * kept_files.len());
    let answer = remove(&app, &who, PASSWORD).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, String::new()));
    assert_eq!(rows(&app).await, kept_rows);
    assert_eq!(files(&app), kept_files);
    assert_eq!(discarded_files::Entity::find().count(&app.db).await.unwrap(), 0);
    assert_eq!(me(&app, &who.access).await.error_code(), "unauthorized");
    assert_eq!(refresh(&app, &who.refresh).await.error_code(), "unauthorized");
    assert_eq!(login(&app, "ada@example.org", PASSWORD).await.error_code(), "unauthorized");
}

#[tokio::test]
async fn whoever_does_not_know_the_password_removes_nothing() {
    let app = TestApp::start().await;
    let who = settled(&app, "ada").await;
    let (before, stored) = (rows(&app).await, files(&app));
    assert_eq!(faults(&remove(&app, &who, "wrong wrong wrong").await), ["password:password"]);
    assert_eq!((rows(&app).await, files(&app)), (before, stored));
}

#[tokio::test]
async fn a_link_that_was_mailed_before_is_dead_and_the_address_may_register_anew() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    ask(&app, "forgot", &json!({ "email": "ada@example.org" })).await;
    let token = app.last_mail().token();
    assert_eq!(remove(&app, &who, PASSWORD).await.status, 204);
    let reset = ask(&app, "reset", &json!({ "token": token, "password": "another horse battery" })).await;
    assert_eq!(faults(&reset), ["token:token"]);
    let sent = app.mails().len();
    ask(&app, "forgot", &json!({ "email": "ada@example.org" })).await;
    assert_eq!(app.mails().len(), sent, "nobody has the address");
    app.sign_in("ada").await;
}

#[tokio::test]
async fn a_file_whose_row_a_crash_has_outlived_is_deleted_later() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    upload(&app, &who, "photo.png", PNG).await;
    let row = tables::uploads::Entity::find().one(&app.db).await.unwrap().unwrap();
    // As a process leaves it that is killed between the rows and the files.
    discarded_files::discard(&app.ctx.db, &[row.storage_key], clock::now()).await.unwrap();
    tables::users::Entity::delete_many().exec(&app.ctx.db).await.unwrap();
    assert_eq!(files(&app).len(), 1);
    workers::delete_discarded_files(&app.ctx).await;
    assert!(files(&app).is_empty());
    assert_eq!(discarded_files::Entity::find().count(&app.db).await.unwrap(), 0);
}

#[tokio::test]
async fn a_file_that_cannot_be_deleted_now_is_deleted_later() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    upload(&app, &who, "photo.png", PNG).await;
    let row = tables::uploads::Entity::find().one(&app.db).await.unwrap().unwrap();
    // A folder with something in it in its place: nobody deletes that as a file, not even root.
    let path = app.folder.path().join("storage").join(&row.storage_key);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir_all(path.join("in the way")).unwrap();
    assert_eq!(remove(&app, &who, PASSWORD).await.status, 204);
    let named = async || discarded_files::Entity::find().count(&app.db).await.unwrap();
    assert_eq!(named().await, 1);
    std::fs::remove_dir_all(&path).unwrap();
    std::fs::write(&path, b"left").unwrap();
    workers::delete_discarded_files(&app.ctx).await;
    assert_eq!((files(&app).len(), named().await), (0, 0));
}

#[tokio::test]
async fn more_files_than_fit_into_one_look_are_all_deleted() {
    let app = TestApp::start().await;
    let keys: Vec<_> = (0..250).map(|number| format!("uploads/aa/{number}")).collect();
    for key in &keys {
        let path = app.folder.path().join("storage").join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, b"left").unwrap();
    }
    discarded_files::discard(&app.ctx.db, &keys, clock::now()).await.unwrap();
    workers::delete_discarded_files(&app.ctx).await;
    assert!(files(&app).is_empty());
}
