//! Tests of `DELETE /api/v1/auth/me`.

use ballast::{
    clock,
    models::{_entities as tables, discarded_files},
    workers,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use super::{field_errors, login, me, post_auth, refresh};
use crate::{
    requests::{
        documents::write,
        typesettings::typeset,
        uploads::{PNG, files, upload},
    },
    support::{PASSWORD, TestApp, TestResponse, app::SignedIn},
};

async fn remove(app: &TestApp, user: &SignedIn, password: &str) -> TestResponse {
    app.delete("/api/v1/auth/me").bearer(user).json(&json!({ "password": password })).send().await
}

/// Signs in a user with an upload, a document and the PDF of the document.
async fn user_with_files(app: &TestApp, name: &str) -> SignedIn {
    let user = app.sign_in(name).await;
    upload(app, &user, "photo.png", PNG).await;
    let document = write(app, &user, "Field notes", "It rained.").await;
    typeset(app, &user, &document).await;
    user
}

/// Returns the number of rows of each table that stores data of users.
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
async fn account_deletion_removes_all_rows_and_files_of_the_owner_only() {
    let app = TestApp::start().await;
    user_with_files(&app, "eve").await;
    let (kept_rows, kept_files) = (rows(&app).await, files(&app));
    let user = user_with_files(&app, "ada").await;
    assert_eq!(files(&app).len(), 2 * kept_files.len());
    let response = remove(&app, &user, PASSWORD).await;
    assert_eq!((response.status.as_u16(), response.text()), (204, String::new()));
    assert_eq!(rows(&app).await, kept_rows);
    assert_eq!(files(&app), kept_files);
    assert_eq!(discarded_files::Entity::find().count(&app.db).await.unwrap(), 0);
    assert_eq!(me(&app, &user.access).await.error_code(), "unauthorized");
    assert_eq!(refresh(&app, &user.refresh).await.error_code(), "unauthorized");
    assert_eq!(login(&app, "ada@example.org", PASSWORD).await.error_code(), "unauthorized");
}

#[tokio::test]
async fn account_deletion_removes_nothing_with_a_wrong_password() {
    let app = TestApp::start().await;
    let user = user_with_files(&app, "ada").await;
    let (before, stored) = (rows(&app).await, files(&app));
    assert_eq!(field_errors(&remove(&app, &user, "wrong wrong wrong").await), ["password:password"]);
    assert_eq!((rows(&app).await, files(&app)), (before, stored));
}

#[tokio::test]
async fn account_deletion_invalidates_reset_links_and_frees_the_address() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    post_auth(&app, "forgot", &json!({ "email": "ada@example.org" })).await;
    let token = app.last_mail().token();
    assert_eq!(remove(&app, &user, PASSWORD).await.status, 204);
    let reset = post_auth(&app, "reset", &json!({ "token": token, "password": "another horse battery" })).await;
    assert_eq!(field_errors(&reset), ["token:token"]);
    let sent = app.mails().len();
    post_auth(&app, "forgot", &json!({ "email": "ada@example.org" })).await;
    assert_eq!(app.mails().len(), sent, "no account has the address");
    app.sign_in("ada").await;
}

#[tokio::test]
async fn deletion_job_removes_a_file_whose_row_is_gone() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    upload(&app, &user, "photo.png", PNG).await;
    let row = tables::uploads::Entity::find().one(&app.db).await.unwrap().unwrap();
    // Simulates a crash between the deletion of the rows and the deletion of the files.
    discarded_files::discard(&app.ctx.db, &[row.storage_key], clock::now()).await.unwrap();
    tables::users::Entity::delete_many().exec(&app.ctx.db).await.unwrap();
    assert_eq!(files(&app).len(), 1);
    workers::delete_discarded_files(&app.ctx).await;
    assert!(files(&app).is_empty());
    assert_eq!(discarded_files::Entity::find().count(&app.db).await.unwrap(), 0);
}

#[tokio::test]
async fn deletion_job_removes_a_file_that_could_not_be_deleted_before() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    upload(&app, &user, "photo.png", PNG).await;
    let row = tables::uploads::Entity::find().one(&app.db).await.unwrap().unwrap();
    // Replaces the file by a folder with content, so that the deletion fails: even root cannot delete such a folder as
    // a file.
    let path = app.folder.path().join("storage").join(&row.storage_key);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir_all(path.join("content")).unwrap();
    assert_eq!(remove(&app, &user, PASSWORD).await.status, 204);
    let pending = async || discarded_files::Entity::find().count(&app.db).await.unwrap();
    assert_eq!(pending().await, 1);
    std::fs::remove_dir_all(&path).unwrap();
    std::fs::write(&path, b"left").unwrap();
    workers::delete_discarded_files(&app.ctx).await;
    assert_eq!((files(&app).len(), pending().await), (0, 0));
}

#[tokio::test]
async fn deletion_job_removes_more_files_than_one_batch() {
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
