//! Tests of images in PDFs: a PDF contains only images of the document's owner.

use serde_json::Value;

use super::{pdf, typeset};
use crate::{
    requests::{
        documents::write,
        uploads::{files, path, upload},
    },
    support::{TestApp, app::SignedIn, log::Log},
};

/// PNG image of 64 by 64 pixels with random noise. Its 12 KiB cannot be compressed.
const NOISE: &[u8] = include_bytes!("noise.png");

/// Returns the size in bytes of the PDF of a document that contains the upload with the ID `image`.
async fn size_with(app: &TestApp, user: &SignedIn, image: &str) -> usize {
    let document = write(app, user, "Image", &format!("![noise](upload:{image})")).await;
    assert_eq!(typeset(app, user, &document).await["status"], "done");
    pdf(app, user, &document).await.bytes.len()
}

fn id(upload: &Value) -> &str {
    upload["id"].as_str().unwrap()
}

#[tokio::test]
async fn pdf_contains_images_of_the_owner_only() {
    let app = TestApp::start().await;
    let (user, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let (own, foreign) = (upload(&app, &user, "noise.png", NOISE).await, upload(&app, &eve, "noise.png", NOISE).await);
    let missing = uuid::Uuid::now_v7().to_string();

    let with_own = size_with(&app, &user, id(&own)).await;
    let with_foreign = size_with(&app, &user, id(&foreign)).await;
    let with_missing = size_with(&app, &user, &missing).await;
    assert!(with_own > with_foreign + NOISE.len() / 2, "{with_own} with the image, {with_foreign} with a placeholder");
    assert!(
        with_foreign.abs_diff(with_missing) < 200,
        "a foreign image differs from a missing image: {with_foreign}, {with_missing}"
    );

    assert_eq!(app.delete(&path(&own)).bearer(&user).send().await.status, 204);
    let with_removed = size_with(&app, &user, id(&own)).await;
    assert!(
        with_removed.abs_diff(with_missing) < 200,
        "a removed image is a placeholder: {with_removed}, {with_missing}"
    );
}

#[tokio::test]
async fn pdf_skips_uploads_that_are_not_images() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let broken = [&NOISE[..100], b"broken"].concat();
    for bytes in [&b"<!DOCTYPE html><p>words"[..], b"%PDF-1.7\n", &broken] {
        let taken = upload(&app, &user, "noise.png", bytes).await;
        size_with(&app, &user, id(&taken)).await;
    }
}

#[tokio::test]
async fn pdf_contains_a_placeholder_if_the_image_file_is_missing() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let (lost, kept) = (upload(&app, &user, "noise.png", NOISE).await, upload(&app, &user, "noise.png", NOISE).await);
    let name = id(&lost).replace('-', "");
    let file = files(&app).into_iter().find(|file| file.ends_with(&name)).unwrap();
    std::fs::remove_file(app.folder.path().join(&file)).unwrap();
    let log = Log::capture();
    let document = format!("![noise](upload:{}) ![noise](upload:{})", id(&lost), id(&kept));
    let document = write(&app, &user, "Images", &document).await;
    assert_eq!(typeset(&app, &user, &document).await["status"], "done");
    assert!(pdf(&app, &user, &document).await.bytes.len() > NOISE.len(), "the other image is in the PDF");
    let logged = log.events("file_missing");
    assert_eq!((logged.len(), logged[0]["level"].as_str()), (1, Some("ERROR")));
    assert_eq!(format!("storage/{}", logged[0]["key"].as_str().unwrap()), file);
}

#[tokio::test]
async fn typesetting_is_retried_if_the_storage_cannot_be_read() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let taken = upload(&app, &user, "noise.png", NOISE).await;
    let file = app.folder.path().join(&files(&app)[0]);
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let document = write(&app, &user, "Image", &format!("![noise](upload:{})", id(&taken))).await;
    assert_eq!(typeset(&app, &user, &document).await["status"], "running");
}
