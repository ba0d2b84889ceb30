//! Tests of `POST /api/v1/auth/login`.

use insta::assert_json_snapshot;
use serde_json::json;

use super::{SPELLINGS, error_without_id, field_errors, login, me, refresh, register};
use crate::support::{PASSWORD, TestApp, redactions};

#[tokio::test]
async fn login_returns_tokens_and_the_user() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    let response = login(&app, "ada@example.org", PASSWORD).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let hidden = (redactions::access_token(), redactions::refresh_token(), redactions::id());
    assert_json_snapshot!(response.json(), {
        ".access_token" => hidden.0, ".refresh_token" => hidden.1, ".user.id" => hidden.2,
    }, @r#"
    {
      "access_token": "[access token]",
      "expires_in": 900,
      "refresh_token": "[refresh token]",
      "token_type": "Bearer",
      "user": {
        "email": "ada@example.org",
        "id": "[id]",
        "name": "ada",
        "verified": false
      }
    }
    "#);
}

#[tokio::test]
async fn login_returns_equal_responses_for_an_unknown_address_and_a_wrong_password() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    let wrong = login(&app, "ada@example.org", "wrong wrong wrong").await;
    let unknown = login(&app, "eve@example.org", PASSWORD).await;
    let no_address = login(&app, "not an address", PASSWORD).await;
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.header("www-authenticate"), Some("Bearer"));
    assert_json_snapshot!(error_without_id(&wrong), @r#"
    {
      "error": {
        "code": "unauthorized",
        "message": "The e-mail address or the password is wrong."
      }
    }
    "#);
    for other in [unknown, no_address] {
        assert_eq!(error_without_id(&other), error_without_id(&wrong));
        let names = |response: &crate::support::TestResponse| {
            response.headers.keys().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!((other.status, names(&other)), (wrong.status, names(&wrong)));
    }
}

#[tokio::test]
async fn login_accepts_every_spelling_of_the_address() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    for spelling in SPELLINGS {
        assert_eq!(app.log_in(spelling, PASSWORD).await.user["email"], "ada@example.org", "{spelling:?}");
    }
}

#[tokio::test]
async fn login_normalizes_unicode_in_passwords() {
    let app = TestApp::start().await;
    let composed = "caf\u{e9} caf\u{e9} caf\u{e9}";
    register(&app, &json!({ "name": "Ada", "email": "ada@example.org", "password": composed })).await;
    app.log_in("ada@example.org", "cafe\u{301} cafe\u{301} cafe\u{301}").await;
    assert_eq!(login(&app, "ada@example.org", "cafe cafe cafe").await.status, 401);
}

#[tokio::test]
async fn login_compares_every_byte_of_a_long_password() {
    let app = TestApp::start().await;
    let long = "p".repeat(1023);
    register(&app, &json!({ "name": "Ada", "email": "ada@example.org", "password": format!("{long}a") })).await;
    app.log_in("ada@example.org", &format!("{long}a")).await;
    for wrong in [format!("{long}b"), long.clone(), "p".repeat(72), format!("{}\0{}a", &long[..500], &long[501..])] {
        assert_eq!(login(&app, "ada@example.org", &wrong).await.status, 401, "{} bytes", wrong.len());
    }
}

#[tokio::test]
async fn login_does_not_trim_passwords() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    for wrong in [format!(" {PASSWORD}"), format!("{PASSWORD}\n"), PASSWORD.to_uppercase()] {
        assert_eq!(login(&app, "ada@example.org", &wrong).await.status, 401, "{wrong:?}");
    }
}

#[tokio::test]
async fn login_rejects_missing_and_too_long_fields() {
    let app = TestApp::start().await;
    let table = [
        (json!({ "email": "", "password": PASSWORD }), "email:required"),
        (json!({ "email": "ada@example.org", "password": "" }), "password:required"),
        (json!({ "email": "ada@example.org", "password": "p".repeat(1025) }), "password:max_length"),
        (json!({ "email": "ada@example.org" }), "password:required"),
        (json!({ "email": ["ada@example.org"], "password": PASSWORD }), "email:type"),
        (json!({ "email": "ada@example.org", "password": { "$ne": "" } }), "password:type"),
        (json!({ "email": "ada@example.org", "password": PASSWORD, "remember": true }), "remember:unknown_field"),
    ];
    for (body, expected) in table {
        let response = app.post("/api/v1/auth/login").json(&body).send().await;
        assert_eq!(field_errors(&response), [expected], "{body}");
    }
}

#[tokio::test]
async fn login_rejects_malformed_addresses_like_unknown_ones() {
    let app = TestApp::start().await;
    app.sign_in("ada").await;
    let long = "a".repeat(8000);
    for email in ["ada\0@example.org", "ada@example.org' OR '1'='1", "%", "\u{202e}", &long] {
        assert_eq!(login(&app, email, PASSWORD).await.error_code(), "unauthorized", "{email:?}");
    }
}

#[tokio::test]
async fn responses_never_contain_a_password_or_its_hash() {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let new = json!({ "name": "Ada", "email": "ada@example.org", "password": PASSWORD });
    let responses = [
        register(&app, &new).await,
        login(&app, "ada@example.org", PASSWORD).await,
        login(&app, "ada@example.org", "wrong wrong wrong").await,
        me(&app, &user.access).await,
        refresh(&app, &user.refresh).await,
    ];
    for response in responses {
        let text = format!("{:?} {}", response.headers, response.text());
        assert!(
            !["argon2", "$v=", "password_hash", PASSWORD, "wrong wrong"].iter().any(|word| text.contains(word)),
            "{text}"
        );
    }
}
