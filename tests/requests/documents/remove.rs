//! `DELETE /api/v1/documents/{id}`.

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
async fn a_removed_document_is_gone() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let (document, kept) =
        (write(&app, &who, "Field notes", "It rained.").await, write(&app, &who, "Kept", "text").await);
    let answer = app.delete(&path(&document)).bearer(&who).send().await;
    assert_eq!((answer.status.as_u16(), answer.text()), (204, String::new()));
    for method in ["GET", "DELETE"] {
        assert_eq!(
            app.request(method, &path(&document)).bearer(&who).send().await.error_code(),
            "not_found",
            "{method}"
        );
    }
    assert_eq!(app.get(&path(&kept)).bearer(&who).send().await.json(), kept);
    assert_eq!(rows(&app).await, 1);
}

#[tokio::test]
async fn a_removed_document_takes_its_pdfs_along() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let (document, kept) =
        (write(&app, &who, "Field notes", "It rained.").await, write(&app, &who, "Kept", "text").await);
    let order = typeset(&app, &who, &document).await;
    typeset(&app, &who, &kept).await;
    assert_eq!(files(&app).len(), 2);
    assert_eq!(app.delete(&path(&document)).bearer(&who).send().await.status, 204);
    assert_eq!(files(&app).len(), 1);
    for rest in ["/pdf".to_owned(), format!("/typesettings/{}", order["id"].as_str().unwrap())] {
        assert_eq!(
            app.get(&format!("{}{rest}", path(&document))).bearer(&who).send().await.error_code(),
            "not_found",
            "{rest}"
        );
    }
    assert_eq!(app.get(&format!("{}/pdf", path(&kept))).bearer(&who).send().await.status, 200);
}

#[tokio::test]
async fn what_is_begun_on_a_document_or_by_a_user_that_goes_in_this_moment_finds_nothing() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let written = write(&app, &who, "Field notes", "It rained.").await;
    let document = documents::Entity::find().one(&app.db).await.unwrap().unwrap();
    let user = users::Entity::find().one(&app.db).await.unwrap().unwrap();
    assert_eq!(app.delete(&path(&written)).bearer(&who).send().await.status, 204);
    let order = typesettings::Model::order(&app.db, document.id, Uuid::now_v7(), clock::now()).await;
    assert_eq!(order.unwrap_err().code, Code::NotFound);
    users::Entity::delete_by_id(user.id).exec(&app.ctx.db).await.unwrap();
    let again = documents::ActiveModel { user_id: Set(user.id), ..document.into_active_model().reset_all() };
    assert_eq!(AppError::from(again.insert(&app.ctx.db).await.unwrap_err()).code, Code::NotFound);
}
