to: "tests/requests/{{ plural }}/show.rs"
---
//! `GET /api/v1/{{ plural }}/{id}`.

use insta::assert_json_snapshot;

use super::{PATH, path, second, some};
use crate::support::{TestApp, redactions};

#[tokio::test]
async fn it_is_shown_as_it_was_answered_when_it_was_stored() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let {{ singular }} = some(&app, &who).await;
    let answer = app.get(&path(&{{ singular }})).bearer(&who).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, Some("no-store")));
    assert_eq!(answer.json(), {{ singular }});
}

#[tokio::test]
async fn anothers_is_not_found_whatever_is_asked_of_it() {
    let app = TestApp::start().await;
    let (who, eve) = (app.sign_in("ada").await, app.sign_in("eve").await);
    let {{ singular }} = some(&app, &who).await;
    let unknown = format!("{PATH}/{}", uuid::Uuid::now_v7());
    let hers = {{ call_second_of_eve }};
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        let ask = async |path: &str| app.request(method, path).bearer(&eve).json(&hers).send().await;
        let (strangers, nobodys) = (ask(&path(&{{ singular }})).await, ask(&unknown).await);
        assert_eq!((strangers.status.as_u16(), nobodys.status.as_u16()), (404, 404), "{method}");
        assert_eq!(strangers.bytes.len(), nobodys.bytes.len(), "{method}");
    }
    let answer = app.get(&path(&{{ singular }})).bearer(&eve).send().await;
    assert_json_snapshot!(answer.json(), { ".error.request_id" => redactions::id() }, @r##"
    {
      "error": {
        "code": "not_found",
        "message": "There is nothing here.",
        "request_id": "[id]"
      }
    }
    "##);
    assert_eq!(app.get(&path(&{{ singular }})).bearer(&who).send().await.json(), {{ singular }});
}
