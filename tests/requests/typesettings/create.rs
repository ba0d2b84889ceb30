//! Tests of `POST /api/v1/documents/{id}/typesettings`.

use insta::assert_json_snapshot;

use super::{get_typesetting, insert_without_job, pdf, request_typesetting, second, typeset};
use crate::{
    requests::{documents::write, uploads::files},
    support::{TestApp, redactions},
};

#[tokio::test]
async fn typesetting_request_enqueues_and_finishes_a_job() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    let requested = request_typesetting(&app, &user, &document).await;
    assert_eq!((requested.status.as_u16(), requested.header("cache-control")), (202, Some("no-store")));
    assert_json_snapshot!(requested.json(), { ".id" => redactions::id(), ".created_at" => redactions::time() }, @r#"
    {
      "created_at": "[time]",
      "id": "[id]",
      "status": "queued"
    }
    "#);
    let done = get_typesetting(&app, &user, &document, &requested.json()).await;
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
async fn typesetting_fails_with_the_exceeded_limit_if_the_document_is_too_complex() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let table = format!("|a|b|\n|-|-|\n{}", "|1|2|\n".repeat(5000));
    for (body, message) in [(">".repeat(40) + " deep", "36"), (table, "10000 table cells")] {
        let document = write(&app, &user, "Field notes", &body).await;
        let failed = typeset(&app, &user, &document).await;
        assert_eq!(
            (failed["status"].as_str(), failed["error"]["code"].as_str()),
            (Some("failed"), Some("document_too_complex"))
        );
        assert!(failed["error"]["message"].as_str().unwrap().contains(message), "{failed}");
        assert_eq!(pdf(&app, &user, &document).await.error_code(), "not_found");
    }
    assert!(files(&app).is_empty());
}

#[tokio::test]
async fn failed_typesetting_contains_an_error() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", &">".repeat(40)).await;
    let hidden = (redactions::id(), redactions::time(), redactions::time());
    let failed = typeset(&app, &user, &document).await;
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
async fn typesetting_request_returns_503_while_100_typesettings_wait() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    for _ in 0..100 {
        insert_without_job(&app, &user, &document, second(0)).await;
    }
    let rejected = request_typesetting(&app, &user, &document).await;
    assert_eq!(rejected.error_code(), "service_unavailable");
    assert!(rejected.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
}

#[tokio::test]
async fn typesetting_request_ignores_a_body() {
    let app = TestApp::start_with(super::attempts::crashing).await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    let path = format!("{}/typesettings", super::path(&document));
    let with_body = app.post(&path).bearer(&user).json(&serde_json::json!({ "status": "done" })).send().await;
    assert_eq!((with_body.status.as_u16(), with_body.json()["status"].as_str()), (202, Some("queued")));
}
