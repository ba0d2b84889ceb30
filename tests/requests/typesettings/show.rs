//! `GET /api/v1/documents/{id}/typesettings/{tid}`.

use ballast::models::typesettings::Model;

use super::{path, second, shown, silent_order};
use crate::{requests::documents::write, support::TestApp};

#[tokio::test]
async fn an_order_is_queued_then_running() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let document = write(&app, &who, "Field notes", "It rained.").await;
    let order = silent_order(&app, &who, &document, second(0)).await;
    let named = serde_json::json!({ "id": order.pid });
    assert_eq!(shown(&app, &who, &document, &named).await["status"], "queued");
    Model::claim(&app.db, order.pid, second(1)).await.unwrap().unwrap();
    let running = shown(&app, &who, &document, &named).await;
    assert_eq!(running["status"], "running");
    let fields: Vec<&String> = running.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["created_at", "id", "status"], "nothing of who works on it");
}

#[tokio::test]
async fn an_order_is_found_under_its_own_document_and_by_its_owner_alone() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let (document, other) = (write(&app, &who, "Field notes", "").await, write(&app, &who, "Other", "").await);
    let hers = write(&app, &eve, "Hers", "").await;
    let order = silent_order(&app, &who, &document, second(0)).await;
    let found = async |who, document| {
        app.get(&format!("{}/typesettings/{}", path(document), order.pid)).bearer(who).send().await.status.as_u16()
    };
    assert_eq!(found(&who, &document).await, 200);
    assert_eq!(found(&who, &other).await, 404, "under another document");
    assert_eq!(found(&eve, &document).await, 404, "by another user");
    assert_eq!(found(&eve, &hers).await, 404, "by another user under a document of theirs");
}
