//! Access tokens that nobody gave, wherever one is needed.

use ballast::models::sessions;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::{Value, json};

use super::me;
use crate::support::{TestApp, app::SignedIn, redactions};

/// What a token says.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn with(claims: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims.clone();
    claims[name] = value.into();
    claims
}

fn without(claims: &Value, name: &str) -> Value {
    let mut claims = claims.clone();
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}

fn header(algorithm: Algorithm, kind: Option<&str>) -> Header {
    Header { typ: kind.map(str::to_owned), ..Header::new(algorithm) }
}

/// The service's own key.
fn key(app: &TestApp) -> EncodingKey {
    EncodingKey::from_base64_secret(&app.ctx.config.get_jwt_config().unwrap().secret).unwrap()
}

/// A token with the service's own key and header.
fn signed(app: &TestApp, claims: &Value) -> String {
    jsonwebtoken::encode(&header(Algorithm::HS256, Some("at+jwt")), claims, &key(app)).unwrap()
}

async fn assert_all_refused(app: &TestApp, tokens: Vec<(&str, String)>) {
    for (what, token) in tokens {
        let answer = me(app, &token).await;
        assert_eq!(answer.status, 401, "{what}");
        assert_eq!(answer.error_code(), "unauthorized", "{what}");
    }
}

async fn start() -> (TestApp, SignedIn, Value) {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let claims = claims(&who.access);
    (app, who, claims)
}

#[tokio::test]
async fn what_a_token_says_is_all_that_it_says() {
    let (app, who, claims) = start().await;
    let seconds = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(
        (claims["nbf"].clone(), seconds, claims["sub"].clone()),
        (claims["iat"].clone(), 900, who.user["id"].clone())
    );
    let timeless = ["iat", "nbf", "exp"].iter().fold(claims.clone(), |claims, name| without(&claims, name));
    let hidden = (redactions::id(), redactions::id(), redactions::id());
    insta::assert_json_snapshot!(timeless, { ".sub" => hidden.0, ".sid" => hidden.1, ".jti" => hidden.2 }, @r#"
    {
      "aud": "ballast-api",
      "iss": "http://localhost:5150",
      "jti": "[id]",
      "sid": "[id]",
      "sub": "[id]"
    }
    "#);
    // What the forgeries below are made with makes a good one too: what is refused is refused for its one fault.
    assert_eq!(me(&app, &signed(&app, &claims)).await.status, 200);
}

#[tokio::test]
async fn a_token_under_another_signature_is_refused() {
    let (app, who, claims) = start().await;
    let good = header(Algorithm::HS256, Some("at+jwt"));
    let parts: Vec<&str> = who.access.split('.').collect();
    let none = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": "at+jwt" }).to_string());
    let tampered = URL_SAFE_NO_PAD.encode(with(&claims, "exp", 9_999_999_999_i64).to_string());
    let other = EncodingKey::from_secret(b"another key of more than thirty-two bytes");
    let base64 = EncodingKey::from_secret(app.ctx.config.get_jwt_config().unwrap().secret.as_bytes());
    let tokens = vec![
        ("no algorithm", format!("{none}.{}.", parts[1])),
        ("no algorithm, old signature", format!("{none}.{}.{}", parts[1], parts[2])),
        (
            "another algorithm",
            jsonwebtoken::encode(&header(Algorithm::HS512, Some("at+jwt")), &claims, &key(&app)).unwrap(),
        ),
        ("another key", jsonwebtoken::encode(&good, &claims, &other).unwrap()),
        ("an empty key", jsonwebtoken::encode(&good, &claims, &EncodingKey::from_secret(b"")).unwrap()),
        ("the key's text as the key", jsonwebtoken::encode(&good, &claims, &base64).unwrap()),
        ("other claims", format!("{}.{tampered}.{}", parts[0], parts[2])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("half a signature", who.access[..who.access.len() - 20].to_owned()),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{}.x", who.access)),
    ];
    assert_all_refused(&app, tokens).await;
}

#[tokio::test]
async fn a_token_for_another_purpose_or_time_is_refused() {
    let (app, _, claims) = start().await;
    let issued = claims["iat"].as_i64().unwrap();
    let typed = |kind| jsonwebtoken::encode(&header(Algorithm::HS256, kind), &claims, &key(&app)).unwrap();
    let mut tokens = vec![
        ("run out", signed(&app, &with(&claims, "exp", issued - 1))),
        ("not yet valid", signed(&app, &with(&claims, "nbf", issued + 600))),
        ("for another audience", signed(&app, &with(&claims, "aud", "another-api"))),
        ("from another issuer", signed(&app, &with(&claims, "iss", "https://example.org"))),
        ("of another type", typed(Some("JWT"))),
        ("of no type", typed(None)),
        ("with an exp that is no number", signed(&app, &with(&claims, "exp", "never"))),
        ("with a sub that is no id", signed(&app, &with(&claims, "sub", "1"))),
    ];
    for name in ["iss", "aud", "sub", "sid", "exp", "nbf"] {
        tokens.push((name, signed(&app, &without(&claims, name))));
    }
    assert_all_refused(&app, tokens).await;
}

#[tokio::test]
async fn a_token_of_a_session_that_is_not_its_users_is_refused() {
    let (app, _, claims) = start().await;
    let eve = app.sign_in("eve").await;
    let unknown = uuid::Uuid::now_v7().to_string();
    let tokens = vec![
        ("of no session", signed(&app, &with(&claims, "sid", unknown.as_str()))),
        ("of nobody", signed(&app, &with(&claims, "sub", unknown.as_str()))),
        ("of another's session", signed(&app, &with(&claims, "sid", self::claims(&eve.access)["sid"].clone()))),
        ("of another user", signed(&app, &with(&claims, "sub", eve.user["id"].clone()))),
    ];
    assert_all_refused(&app, tokens).await;
}

#[tokio::test]
async fn a_token_is_dead_as_soon_as_the_row_of_its_session_says_so() {
    let (app, who, _) = start().await;
    assert_eq!(me(&app, &who.access).await.status, 200);
    let now = Expr::value(ballast::clock::now());
    sessions::Entity::update_many().col_expr(sessions::Column::EndedAt, now).exec(&app.ctx.db).await.unwrap();
    assert_all_refused(&app, vec![("of an ended session", who.access)]).await;
}
