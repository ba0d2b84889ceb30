//! `DELETE /api/v1/documents/{id}`.

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
    typeset(&app, &who, &document).await;
    typeset(&app, &who, &kept).await;
    assert_eq!(files(&app).len(), 3);
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
