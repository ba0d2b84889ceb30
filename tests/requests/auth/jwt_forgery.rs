//! Tests of forged access tokens.

use ballast::{
    clock,
    models::{_entities::refresh_tokens, sessions},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, Duration};
use hmac::{Hmac, Mac};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

use super::me;
use crate::support::{TestApp, app::SignedIn, redactions};

/// Returns the claims of a token without checking the signature.
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

/// Returns the signing key of the application.
fn key(app: &TestApp) -> EncodingKey {
    EncodingKey::from_base64_secret(&app.ctx.config.get_jwt_config().unwrap().secret).unwrap()
}

/// Signs claims with HMAC-SHA512.
fn hs512(key: &EncodingKey, claims: &Value) -> String {
    let parts = [r#"{"typ":"at+jwt","alg":"HS512"}"#.to_owned(), claims.to_string()];
    let message = parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let code = Hmac::<Sha512>::new_from_slice(key.inner()).unwrap().chain_update(&message).finalize();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(code.into_bytes()))
}

/// Signs claims with the key and the header of the application.
fn signed(app: &TestApp, claims: &Value) -> String {
    jsonwebtoken::encode(&header(Algorithm::HS256, Some("at+jwt")), claims, &key(app)).unwrap()
}

async fn assert_all_rejected(app: &TestApp, tokens: Vec<(&str, String)>) {
    for (name, token) in tokens {
        let response = me(app, &token).await;
        assert_eq!(response.status, 401, "{name}");
        assert_eq!(response.error_code(), "unauthorized", "{name}");
    }
}

async fn start() -> (TestApp, SignedIn, Value) {
    let app = TestApp::start().await;
    let user = app.sign_in("ada").await;
    let claims = claims(&user.access);
    (app, user, claims)
}

#[tokio::test]
async fn access_token_contains_exactly_the_documented_claims() {
    let (app, user, claims) = start().await;
    let seconds = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(
        (claims["nbf"].clone(), seconds, claims["sub"].clone()),
        (claims["iat"].clone(), 900, user.user["id"].clone())
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
    // The application accepts a valid token that the test has signed. Each forgery below is thus rejected only for its
    // own defect.
    assert_eq!(me(&app, &signed(&app, &claims)).await.status, 200);
}

/// Returns a token with this header and these claims, signed with HMAC-SHA-256. Ignores the `alg` of the header.
fn raw(key: &[u8], header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let code = Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(&signed).finalize().into_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(code))
}

const VALID_HEADER: &str = r#"{"typ":"at+jwt","alg":"HS256"}"#;

fn secret(app: &TestApp) -> Vec<u8> {
    STANDARD.decode(&app.ctx.config.get_jwt_config().unwrap().secret).unwrap()
}

#[tokio::test]
async fn access_token_is_rejected_with_a_forged_signature_or_header() {
    let (app, user, claims) = start().await;
    let (key, payload_text) = (secret(&app), claims.to_string());
    let text_key = app.ctx.config.get_jwt_config().unwrap().secret.clone();
    assert_eq!(
        me(&app, &raw(&key, VALID_HEADER, &payload_text)).await.status,
        200,
        "a correctly signed token is accepted"
    );
    let parts: Vec<&str> = user.access.split('.').collect();
    let (payload, signature) = (parts[1], parts[2]);
    let unsigned = |alg: &str| {
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"typ":"at+jwt","alg":{alg}}}"#));
        (format!("{header}.{payload}."), format!("{header}.{payload}.{signature}"))
    };
    let mut tokens = Vec::new();
    for alg in [r#""none""#, r#""None""#, r#""nOnE""#, r#""NONE""#, r#""""#, "null", "0", r#"["HS256"]"#] {
        let (bare, kept) = unsigned(alg);
        tokens.extend([("algorithm none without a signature", bare), ("algorithm none with the old signature", kept)]);
    }
    let headed = |header: &str| raw(&key, header, &payload_text);
    for alg in ["RS256", "PS256", "ES256", "EdDSA", "HS384", "hs256"] {
        tokens.push((
            "another algorithm with the secret as key",
            headed(&format!(r#"{{"typ":"at+jwt","alg":"{alg}"}}"#)),
        ));
    }
    for (name, member) in [
        ("jku", r#""jku":"https://attacker.example/keys""#),
        ("jwk", r#""jwk":{"kty":"oct","k":"YXR0YWNrZXI"}"#),
        ("kid", r#""kid":"../../dev/null""#),
        ("x5u", r#""x5u":"https://attacker.example/chain""#),
        ("x5c", r#""x5c":["MIIB"]"#),
        ("crit", r#""crit":["b64"],"b64":false"#),
        ("zip", r#""zip":"DEF""#),
        ("cty", r#""cty":"JWT""#),
        ("an unknown member", r#""attacker":"here""#),
        ("a duplicate algorithm", r#""alg":"none""#),
        ("a duplicate type", r#""typ":"JWT""#),
    ] {
        tokens.push((name, headed(&format!(r#"{{"typ":"at+jwt","alg":"HS256",{member}}}"#))));
    }
    let attacker_header = r#"{"typ":"at+jwt","alg":"HS256","jwk":{"kty":"oct","k":"YXR0YWNrZXI"}}"#;
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    tokens.extend([
        ("an embedded key", raw(b"attacker", attacker_header, &payload_text)),
        ("another key", raw(b"another key of more than thirty-two bytes", VALID_HEADER, &payload_text)),
        ("an empty key", raw(b"", VALID_HEADER, &payload_text)),
        ("the encoded key as key", raw(text_key.as_bytes(), VALID_HEADER, &payload_text)),
        ("a longer hash", hs512(&self::key(&app), &claims)),
        (
            "other claims",
            format!(
                "{}.{}.{signature}",
                parts[0],
                URL_SAFE_NO_PAD.encode(with(&claims, "exp", 9_999_999_999_i64).to_string())
            ),
        ),
        ("no signature", format!("{}.{payload}.", parts[0])),
        ("half a signature", format!("{}.{payload}.{}", parts[0], &signature[..21])),
        ("a signature without its last byte", format!("{}.{payload}.{}", parts[0], &signature[..42])),
        ("one changed bit", format!("{}.{payload}.{flipped}{}", parts[0], &signature[1..])),
        ("a padded signature", format!("{}=", user.access)),
        ("two parts", format!("{}.{payload}", parts[0])),
        ("four parts", format!("{}.x", user.access)),
        ("five parts", format!("{}.x.x", user.access)),
        ("an empty token", String::new()),
        ("only dots", "..".to_owned()),
    ]);
    assert!(tokens.len() >= 30);
    assert_all_rejected(&app, tokens).await;
}

#[tokio::test]
async fn access_token_of_100_kib_is_rejected() {
    let (app, user, claims) = start().await;
    let (key, long) = (secret(&app), "A".repeat(100 * 1024));
    let tokens = app.services().auth.access_tokens.clone();
    assert!(tokens.read(&user.access, clock::now()).is_some());
    let large = [
        long.clone(),
        format!("{}{long}", user.access),
        raw(&key, VALID_HEADER, &with(&claims, "more", long.as_str()).to_string()),
        raw(&key, &format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{long}"}}"#), &claims.to_string()),
    ];
    for token in large {
        assert!(tokens.read(&token, clock::now()).is_none());
        assert_eq!(me(&app, &token).await.error_code(), "request_header_fields_too_large");
    }
}

#[tokio::test]
async fn access_token_is_valid_from_issue_until_expiry() {
    let (app, user, claims) = start().await;
    let tokens = app.services().auth.access_tokens.clone();
    let issued = DateTime::from_timestamp(claims["iat"].as_i64().unwrap(), 0).unwrap();
    for (seconds, valid) in [(-1, false), (0, true), (899, true), (900, false), (901, false)] {
        let read = tokens.read(&user.access, issued + Duration::seconds(seconds));
        assert_eq!(read.is_some(), valid, "after {seconds} s");
    }
}

#[tokio::test]
async fn access_token_is_rejected_with_wrong_claims() {
    let (app, _, claims) = start().await;
    let issued = claims["iat"].as_i64().unwrap();
    let typed = |kind| jsonwebtoken::encode(&header(Algorithm::HS256, kind), &claims, &key(&app)).unwrap();
    let doubled = |name: &str, value: &str| {
        let first = format!(r#"{{"{name}":{value},"#);
        raw(&secret(&app), VALID_HEADER, &claims.to_string().replacen('{', &first, 1))
    };
    let mut tokens = vec![
        ("expired", signed(&app, &with(&claims, "exp", issued - 1))),
        ("expired this second", signed(&app, &with(&claims, "exp", issued))),
        ("not yet valid", signed(&app, &with(&claims, "nbf", issued + 600))),
        ("for another audience", signed(&app, &with(&claims, "aud", "another-api"))),
        ("for two audiences", signed(&app, &with(&claims, "aud", json!(["ballast-api", "another-api"])))),
        ("from another issuer", signed(&app, &with(&claims, "iss", "https://example.org"))),
        ("from two issuers", signed(&app, &with(&claims, "iss", json!([claims["iss"], "https://example.org"])))),
        ("of another type", typed(Some("JWT"))),
        ("of a type in capitals", typed(Some("AT+JWT"))),
        ("of no type", typed(None)),
        ("with a non-numeric exp", signed(&app, &with(&claims, "exp", "never"))),
        ("with an exp out of range", signed(&app, &with(&claims, "exp", 1e300))),
        ("with an invalid sub", signed(&app, &with(&claims, "sub", "1"))),
        ("with an unknown claim", signed(&app, &with(&claims, "admin", true))),
        ("with two subs", doubled("sub", "\"0198c0de-0000-7000-8000-000000000000\"")),
        ("with two exps", doubled("exp", "9999999999")),
        ("with two auds", doubled("aud", "\"another-api\"")),
        ("with two sids", doubled("sid", "\"0198c0de-0000-7000-8000-000000000000\"")),
    ];
    for name in ["iss", "aud", "sub", "sid", "iat", "exp", "nbf", "jti"] {
        tokens.push((name, signed(&app, &without(&claims, name))));
    }
    assert_all_rejected(&app, tokens).await;
}

#[tokio::test]
async fn access_token_expires_after_15_minutes_and_session_after_30_days() {
    let (app, _, claims) = start().await;
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 15 * 60);
    let session = sessions::Entity::find().one(&app.db).await.unwrap().unwrap();
    let token = refresh_tokens::Entity::find().one(&app.db).await.unwrap().unwrap();
    assert_eq!((session.expires_at - session.created_at).num_seconds(), 30 * 86_400);
    assert_eq!((token.expires_at - token.created_at).num_seconds(), 14 * 86_400);
}

#[tokio::test]
async fn access_token_is_rejected_if_session_and_user_do_not_match() {
    let (app, _, claims) = start().await;
    let eve = app.sign_in("eve").await;
    let unknown = uuid::Uuid::now_v7().to_string();
    let tokens = vec![
        ("of an unknown session", signed(&app, &with(&claims, "sid", unknown.as_str()))),
        ("of an unknown user", signed(&app, &with(&claims, "sub", unknown.as_str()))),
        ("of another user's session", signed(&app, &with(&claims, "sid", self::claims(&eve.access)["sid"].clone()))),
        ("of another user", signed(&app, &with(&claims, "sub", eve.user["id"].clone()))),
    ];
    assert_all_rejected(&app, tokens).await;
}

#[tokio::test]
async fn access_token_is_rejected_after_its_session_ends() {
    let (app, user, _) = start().await;
    assert_eq!(me(&app, &user.access).await.status, 200);
    let now = Expr::value(ballast::clock::now());
    sessions::Entity::update_many().col_expr(sessions::Column::EndedAt, now).exec(&app.ctx.db).await.unwrap();
    assert_all_rejected(&app, vec![("of an ended session", user.access)]).await;
}
