//! Tests of `GET /api/v1/documents/{id}/typesettings/{tid}`.

use ballast::models::typesettings::Model;

use super::{get_typesetting, insert_without_job, path, second};
use crate::{requests::documents::write, support::TestApp};

#[tokio::test]
async fn typesetting_is_queued_then_running() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let document = write(&app, &user, "Field notes", "It rained.").await;
    let typesetting = insert_without_job(&app, &user, &document, second(0)).await;
    let reference = serde_json::json!({ "id": typesetting.pid });
    assert_eq!(get_typesetting(&app, &user, &document, &reference).await["status"], "queued");
    Model::claim(&app.db, typesetting.pid, second(1)).await.unwrap().unwrap();
    let running = get_typesetting(&app, &user, &document, &reference).await;
    assert_eq!(running["status"], "running");
    let fields: Vec<&String> = running.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["created_at", "id", "status"], "the worker is not public");
}

#[tokio::test]
async fn typesetting_is_found_only_by_its_owner_and_below_its_document() {
    let app = TestApp::start().await;
    let (user, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let (document, other) = (write(&app, &user, "Field notes", "").await, write(&app, &user, "Other", "").await);
    let foreign = write(&app, &eve, "Hers", "").await;
    let typesetting = insert_without_job(&app, &user, &document, second(0)).await;
    let status = async |user, document| {
        app.get(&format!("{}/typesettings/{}", path(document), typesetting.pid))
            .bearer(user)
            .send()
            .await
            .status
            .as_u16()
    };
    assert_eq!(status(&user, &document).await, 200);
    assert_eq!(status(&user, &other).await, 404, "under another document");
    assert_eq!(status(&eve, &document).await, 404, "by another user");
    assert_eq!(status(&eve, &foreign).await, 404, "by another user under a document of theirs");
}
