//! `GET /api/v1/auth/me`.

use ballast::models::users;
use insta::assert_json_snapshot;
use sea_orm::EntityTrait;

use super::{error_without_id, me};
use crate::support::{TestApp, redactions};

#[tokio::test]
async fn who_is_signed_in_sees_themselves() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    app.sign_in("eve").await;
    let answer = me(&app, &who.access).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_json_snapshot!(answer.json(), { ".id" => redactions::id() }, @r#"
    {
      "email": "ada@example.org",
      "id": "[id]",
      "name": "ada",
      "verified": false
    }
    "#);
    assert_eq!(answer.json(), who.user, "as told when signing in");
}

#[tokio::test]
async fn nobody_is_told_to_sign_in() {
    let app = TestApp::start().await;
    let answer = app.get("/api/v1/auth/me").send().await;
    assert_eq!((answer.status.as_u16(), answer.header("www-authenticate")), (401, Some("Bearer")));
    assert_json_snapshot!(error_without_id(&answer), @r#"
    {
      "error": {
        "code": "unauthorized",
        "message": "Authentication is required. Send a valid access token."
      }
    }
    "#);
}

#[tokio::test]
async fn the_scheme_may_be_in_any_case_and_the_token_nowhere_but_in_its_header() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let answer =
            app.get("/api/v1/auth/me").header("authorization", &format!("{scheme} {}", who.access)).send().await;
        assert_eq!(answer.status, 200, "{scheme}");
    }
    for scheme in ["Basic ", "Token ", ""] {
        let answer =
            app.get("/api/v1/auth/me").header("authorization", &format!("{scheme}{}", who.access)).send().await;
        assert_eq!(answer.status, 401, "{scheme}");
    }
    let elsewhere = [
        app.get(&format!("/api/v1/auth/me?access_token={}", who.access)),
        app.get("/api/v1/auth/me").header("x-access-token", &who.access),
        app.get("/api/v1/auth/me").header("cookie", &format!("access_token={0}; token={0}", who.access)),
    ];
    for request in elsewhere {
        assert_eq!(request.send().await.status, 401);
    }
}

#[tokio::test]
async fn a_token_dies_with_its_user() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    users::Entity::delete_many().exec(&app.ctx.db).await.unwrap();
    assert_eq!(me(&app, &who.access).await.error_code(), "unauthorized");
}
