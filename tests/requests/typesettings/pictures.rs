//! Pictures in a PDF: one's own are in it, another's are not.

use serde_json::Value;

use super::{pdf, typeset};
use crate::{
    requests::{
        documents::write,
        uploads::{files, path, upload},
    },
    support::{TestApp, app::SignedIn, log::Log},
};

/// 64 by 64 pixels of noise, which nothing makes smaller: 12 KiB.
const NOISE: &[u8] = include_bytes!("noise.png");

/// The bytes of the PDF of a document that shows this picture.
async fn size_with(app: &TestApp, who: &SignedIn, picture: &str) -> usize {
    let document = write(app, who, "Picture", &format!("![noise](upload:{picture})")).await;
    assert_eq!(typeset(app, who, &document).await["status"], "done");
    pdf(app, who, &document).await.bytes.len()
}

fn id(upload: &Value) -> &str {
    upload["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_picture_of_ones_own_is_in_the_pdf_and_anothers_is_not() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let (own, hers) = (upload(&app, &who, "noise.png", NOISE).await, upload(&app, &eve, "noise.png", NOISE).await);
    let nobodys = uuid::Uuid::now_v7().to_string();

    let with_own = size_with(&app, &who, id(&own)).await;
    let with_hers = size_with(&app, &who, id(&hers)).await;
    let with_nobodys = size_with(&app, &who, &nobodys).await;
    assert!(with_own > with_hers + NOISE.len() / 2, "{with_own} with the picture, {with_hers} with a note");
    assert!(
        with_hers.abs_diff(with_nobodys) < 200,
        "another's picture and none are told apart: {with_hers}, {with_nobodys}"
    );

    assert_eq!(app.delete(&path(&own)).bearer(&who).send().await.status, 204);
    let with_removed = size_with(&app, &who, id(&own)).await;
    assert!(with_removed.abs_diff(with_nobodys) < 200, "a removed picture is a note: {with_removed}, {with_nobodys}");
}

#[tokio::test]
async fn an_upload_that_is_no_picture_is_no_part_of_a_pdf_and_no_fault() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let broken = [&NOISE[..100], b"broken"].concat();
    for bytes in [&b"<!DOCTYPE html><p>words"[..], b"%PDF-1.7\n", &broken] {
        let taken = upload(&app, &who, "noise.png", bytes).await;
        size_with(&app, &who, id(&taken)).await;
    }
}

#[tokio::test]
async fn image_is_a_note_in_the_pdf_when_the_storage_lacks_its_file() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let (lost, kept) = (upload(&app, &who, "noise.png", NOISE).await, upload(&app, &who, "noise.png", NOISE).await);
    let name = id(&lost).replace('-', "");
    let file = files(&app).into_iter().find(|file| file.ends_with(&name)).unwrap();
    std::fs::remove_file(app.folder.path().join(&file)).unwrap();
    let log = Log::capture();
    let document = format!("![noise](upload:{}) ![noise](upload:{})", id(&lost), id(&kept));
    let document = write(&app, &who, "Images", &document).await;
    assert_eq!(typeset(&app, &who, &document).await["status"], "done");
    assert!(pdf(&app, &who, &document).await.bytes.len() > NOISE.len(), "the other image is in the PDF");
    let logged = log.events("file_missing");
    assert_eq!((logged.len(), logged[0]["level"].as_str()), (1, Some("ERROR")));
    assert_eq!(format!("storage/{}", logged[0]["key"].as_str().unwrap()), file);
}

#[tokio::test]
async fn typesetting_is_attempted_again_when_the_storage_cannot_be_read() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let taken = upload(&app, &who, "noise.png", NOISE).await;
    let file = app.folder.path().join(&files(&app)[0]);
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let document = write(&app, &who, "Image", &format!("![noise](upload:{})", id(&taken))).await;
    assert_eq!(typeset(&app, &who, &document).await["status"], "running");
}
