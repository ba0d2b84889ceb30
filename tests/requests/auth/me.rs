//! Tests of `GET /api/v1/auth/me`.

use ballast::models::users;
use insta::assert_json_snapshot;
use sea_orm::EntityTrait;

use super::{error_without_id, me};
use crate::support::{TestApp, redactions};

#[tokio::test]
async fn me_returns_the_signed_in_user() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    app.sign_in("eve").await;
    let response = me(&app, &user.access).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_json_snapshot!(response.json(), { ".id" => redactions::id() }, @r#"
    {
      "email": "ada@example.org",
      "id": "[id]",
      "name": "ada",
      "verified": false
    }
    "#);
    assert_eq!(response.json(), user.user, "me and login must return the same user");
}

#[tokio::test]
async fn me_rejects_anonymous_requests() {
    let app = TestApp::start().await;
    let response = app.get("/api/v1/auth/me").send().await;
    assert_eq!((response.status.as_u16(), response.header("www-authenticate")), (401, Some("Bearer")));
    assert_json_snapshot!(error_without_id(&response), @r#"
    {
      "error": {
        "code": "unauthorized",
        "message": "Authentication is required. Send a valid access token."
      }
    }
    "#);
}

#[tokio::test]
async fn me_accepts_the_token_only_in_the_authorization_header() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let response =
            app.get("/api/v1/auth/me").header("authorization", &format!("{scheme} {}", user.access)).send().await;
        assert_eq!(response.status, 200, "{scheme}");
    }
    for scheme in ["Basic ", "Token ", ""] {
        let response =
            app.get("/api/v1/auth/me").header("authorization", &format!("{scheme}{}", user.access)).send().await;
        assert_eq!(response.status, 401, "{scheme}");
    }
    let elsewhere = [
        app.get(&format!("/api/v1/auth/me?access_token={}", user.access)),
        app.get("/api/v1/auth/me").header("x-access-token", &user.access),
        app.get("/api/v1/auth/me").header("cookie", &format!("access_token={0}; token={0}", user.access)),
    ];
    for request in elsewhere {
        assert_eq!(request.send().await.status, 401);
    }
}

#[tokio::test]
async fn access_token_is_rejected_after_its_user_is_deleted() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    users::Entity::delete_many().exec(&app.ctx.db).await.unwrap();
    assert_eq!(me(&app, &user.access).await.error_code(), "unauthorized");
}
