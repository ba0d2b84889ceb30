to: "tests/requests/{{ plural }}/update.rs"
---
//! Tests of `PUT /api/v1/{{ plural }}/{id}`.

use insta::assert_json_snapshot;

use super::{path, second_body, some};
use crate::support::{TestApp, redactions};

#[tokio::test]
async fn update_replaces_the_content_when_the_user_owns_the_row() {
    let app = TestApp::start().await;
    let ada = app.sign_in("ada").await;
    let old = some(&app, &ada).await;
    let response = app.put(&path(&old)).bearer(&ada).json(&{{ second_body }}).send().await;
    assert_eq!((response.status.as_u16(), response.header("cache-control")), (200, Some("no-store")));
    let new = response.json();
    let hidden = (redactions::id(), redactions::time(), redactions::time());
    assert_json_snapshot!(new, { ".id" => hidden.0, ".created_at" => hidden.1, ".updated_at" => hidden.2{{ reference_redactions }} }, @r##"
{{ test_values.second_response }}    "##);
    assert_eq!((&new["id"], &new["created_at"]), (&old["id"], &old["created_at"]));
    assert_ne!(new["updated_at"], old["updated_at"]);
    assert_eq!(app.get(&path(&old)).bearer(&ada).send().await.json(), new);
}
