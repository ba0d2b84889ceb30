to: "tests/requests/{{ plural }}/rewrite.rs"
---
//! `PUT /api/v1/{{ plural }}/{id}`.

use insta::assert_json_snapshot;

use super::{path, second, some};
use crate::support::{TestApp, redactions};

#[tokio::test]
async fn new_content_takes_the_place_of_the_old() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let old = some(&app, &who).await;
    let answer = app.put(&path(&old)).bearer(&who).json(&{{ call_second }}).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, Some("no-store")));
    let new = answer.json();
    let hidden = (redactions::id(), redactions::time(), redactions::time());
    assert_json_snapshot!(new, { ".id" => hidden.0, ".created_at" => hidden.1, ".updated_at" => hidden.2{{ redacted }} }, @r##"
{{ samples.second_shown }}    "##);
    assert_eq!((&new["id"], &new["created_at"]), (&old["id"], &old["created_at"]));
    assert_ne!(new["updated_at"], old["updated_at"]);
    assert_eq!(app.get(&path(&old)).bearer(&who).send().await.json(), new);
}
