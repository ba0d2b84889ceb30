//! Tests of `DELETE /api/v1/documents/{id}`.

use ballast::{
    clock,
    errors::{AppError, Code},
    models::{documents, typesettings, users},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use super::{path, rows, write};
use crate::{
    requests::{typesettings::typeset, uploads::files},
    support::TestApp,
};

#[tokio::test]
async fn document_removal_deletes_the_document() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let (document, kept) =
        (write(&app, &user, "Field notes", "It rained.").await, write(&app, &user, "Kept", "text").await);
    let response = app.delete(&path(&document)).bearer(&user).send().await;
    assert_eq!((response.status.as_u16(), response.text()), (204, String::new()));
    for method in ["GET", "DELETE"] {
        assert_eq!(
            app.request(method, &path(&document)).bearer(&user).send().await.error_code(),
            "not_found",
            "{method}"
        );
    }
    assert_eq!(app.get(&path(&kept)).bearer(&user).send().await.json(), kept);
    assert_eq!(rows(&app).await, 1);
}

#[tokio::test]
async fn document_removal_deletes_its_pdfs() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let (document, kept) =
        (write(&app, &user, "Field notes", "It rained.").await, write(&app, &user, "Kept", "text").await);
    let typesetting = typeset(&app, &user, &document).await;
    typeset(&app, &user, &kept).await;
    assert_eq!(files(&app).len(), 2);
    assert_eq!(app.delete(&path(&document)).bearer(&user).send().await.status, 204);
    assert_eq!(files(&app).len(), 1);
    for rest in ["/pdf".to_owned(), format!("/typesettings/{}", typesetting["id"].as_str().unwrap())] {
        assert_eq!(
            app.get(&format!("{}{rest}", path(&document))).bearer(&user).send().await.error_code(),
            "not_found",
            "{rest}"
        );
    }
    assert_eq!(app.get(&format!("{}/pdf", path(&kept))).bearer(&user).send().await.status, 200);
}

#[tokio::test]
async fn insert_returns_not_found_if_the_parent_row_was_deleted_concurrently() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let written = write(&app, &user, "Field notes", "It rained.").await;
    let document = documents::Entity::find().one(&app.db).await.unwrap().unwrap();
    let row = users::Entity::find().one(&app.db).await.unwrap().unwrap();
    assert_eq!(app.delete(&path(&written)).bearer(&user).send().await.status, 204);
    let typesetting = typesettings::Model::create(&app.db, document.id, Uuid::now_v7(), clock::now()).await;
    assert_eq!(typesetting.unwrap_err().code, Code::NotFound);
    users::Entity::delete_by_id(row.id).exec(&app.ctx.db).await.unwrap();
    let again = documents::ActiveModel { user_id: Set(row.id), ..document.into_active_model().reset_all() };
    assert_eq!(AppError::from(again.insert(&app.ctx.db).await.unwrap_err()).code, Code::NotFound);
}
