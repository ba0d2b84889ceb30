//! `POST /api/v1/documents/{id}/typesettings`.

use insta::assert_json_snapshot;

use super::{order, pdf, second, shown, silent_order, typeset};
use crate::{
    requests::{documents::write, uploads::files},
    support::{TestApp, redactions},
};

#[tokio::test]
async fn an_order_is_taken_and_carried_out() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", "It rained.").await;
    let ordered = order(&app, &who, &document).await;
    assert_eq!((ordered.status.as_u16(), ordered.header("cache-control")), (202, Some("no-store")));
    assert_json_snapshot!(ordered.json(), { ".id" => redactions::id(), ".created_at" => redactions::time() }, @r#"
    {
      "created_at": "[time]",
      "id": "[id]",
      "status": "queued"
    }
    "#);
    let done = shown(&app, &who, &document, &ordered.json()).await;
    let hidden = (redactions::id(), redactions::time(), redactions::time());
    assert_json_snapshot!(done, { ".id" => hidden.0, ".created_at" => hidden.1, ".finished_at" => hidden.2 }, @r#"
    {
      "created_at": "[time]",
      "finished_at": "[time]",
      "id": "[id]",
      "pages": 1,
      "status": "done"
    }
    "#);
    let stored = files(&app);
    assert!(stored.len() == 1 && stored[0].starts_with("storage/pdfs/"), "{stored:?}");
}

#[tokio::test]
async fn a_document_that_is_too_complex_fails_and_is_told_by_which_limit() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let table = format!("|a|b|\n|-|-|\n{}", "|1|2|\n".repeat(5000));
    for (body, message) in [(">".repeat(40) + " deep", "36"), (table, "10000 table cells")] {
        let document = write(&app, &who, "Field notes", &body).await;
        let failed = typeset(&app, &who, &document).await;
        assert_eq!(
            (failed["status"].as_str(), failed["error"]["code"].as_str()),
            (Some("failed"), Some("document_too_complex"))
        );
        assert!(failed["error"]["message"].as_str().unwrap().contains(message), "{failed}");
        assert_eq!(pdf(&app, &who, &document).await.error_code(), "not_found");
    }
    assert!(files(&app).is_empty());
}

#[tokio::test]
async fn a_failed_order_has_the_shape_of_every_order() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", &">".repeat(40)).await;
    let hidden = (redactions::id(), redactions::time(), redactions::time());
    let failed = typeset(&app, &who, &document).await;
    assert_json_snapshot!(failed, { ".id" => hidden.0, ".created_at" => hidden.1, ".finished_at" => hidden.2 }, @r#"
    {
      "created_at": "[time]",
      "error": {
        "code": "document_too_complex",
        "message": "The document has more than 36 levels of nesting."
      },
      "finished_at": "[time]",
      "id": "[id]",
      "status": "failed"
    }
    "#);
}

#[tokio::test]
async fn when_a_hundred_orders_wait_the_next_one_is_told_to_come_again() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", "It rained.").await;
    for _ in 0..100 {
        silent_order(&app, &who, &document, second(0)).await;
    }
    let refused = order(&app, &who, &document).await;
    assert_eq!(refused.error_code(), "service_unavailable");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
}

#[tokio::test]
async fn an_order_takes_no_body_and_minds_none() {
    let app = TestApp::start_with(super::attempts::crashing).await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", "It rained.").await;
    let path = format!("{}/typesettings", super::path(&document));
    let with_body = app.post(&path).bearer(&who).json(&serde_json::json!({ "status": "done" })).send().await;
    assert_eq!((with_body.status.as_u16(), with_body.json()["status"].as_str()), (202, Some("queued")));
}
