//! Pictures in a PDF: one's own are in it, another's are not.

use serde_json::Value;

use super::{pdf, typeset};
use crate::{
    requests::{
        documents::write,
        uploads::{path, upload},
    },
    support::{TestApp, app::SignedIn},
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
