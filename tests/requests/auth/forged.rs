//! Access tokens that nobody gave, wherever one is needed.

use ballast::{
    clock,
    crypto::access_tokens::AccessTokens,
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
use sha2::Sha256;

use super::{ask, me, refresh};
use crate::support::{Answer, TestApp, app::SignedIn, redactions};

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

/// A token of these texts, signed with HMAC-SHA-256 whatever its header says.
fn raw(key: &[u8], header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let code = Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(&signed).finalize().into_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(code))
}

const GOOD: &str = r#"{"typ":"at+jwt","alg":"HS256"}"#;

fn secret(app: &TestApp) -> Vec<u8> {
    STANDARD.decode(&app.ctx.config.get_jwt_config().unwrap().secret).unwrap()
}

#[tokio::test]
async fn thirty_forged_signatures_and_headers_are_refused() {
    let (app, who, claims) = start().await;
    let (key, said) = (secret(&app), claims.to_string());
    let text_key = app.ctx.config.get_jwt_config().unwrap().secret.clone();
    assert_eq!(me(&app, &raw(&key, GOOD, &said)).await.status, 200, "what they are made with makes a good one too");
    let parts: Vec<&str> = who.access.split('.').collect();
    let (payload, signature) = (parts[1], parts[2]);
    let unsigned = |alg: &str| {
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"typ":"at+jwt","alg":{alg}}}"#));
        (format!("{header}.{payload}."), format!("{header}.{payload}.{signature}"))
    };
    let mut tokens = Vec::new();
    for alg in [r#""none""#, r#""None""#, r#""nOnE""#, r#""NONE""#, r#""""#, "null", "0", r#"["HS256"]"#] {
        let (bare, kept) = unsigned(alg);
        tokens.extend([("an algorithm that is none", bare), ("the same with the old signature", kept)]);
    }
    let headed = |header: &str| raw(&key, header, &said);
    for alg in ["RS256", "PS256", "ES256", "EdDSA", "HS384", "hs256"] {
        tokens.push(("the secret as another algorithm's key", headed(&format!(r#"{{"typ":"at+jwt","alg":"{alg}"}}"#))));
    }
    for (what, member) in [
        ("jku", r#""jku":"https://attacker.example/keys""#),
        ("jwk", r#""jwk":{"kty":"oct","k":"YXR0YWNrZXI"}"#),
        ("kid", r#""kid":"../../dev/null""#),
        ("x5u", r#""x5u":"https://attacker.example/chain""#),
        ("x5c", r#""x5c":["MIIB"]"#),
        ("crit", r#""crit":["b64"],"b64":false"#),
        ("zip", r#""zip":"DEF""#),
        ("cty", r#""cty":"JWT""#),
        ("anything else", r#""attacker":"here""#),
        ("an algorithm twice", r#""alg":"none""#),
        ("a type twice", r#""typ":"JWT""#),
    ] {
        tokens.push((what, headed(&format!(r#"{{"typ":"at+jwt","alg":"HS256",{member}}}"#))));
    }
    let attackers = r#"{"typ":"at+jwt","alg":"HS256","jwk":{"kty":"oct","k":"YXR0YWNrZXI"}}"#;
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    tokens.extend([
        ("the key that it brings itself", raw(b"attacker", attackers, &said)),
        ("another key", raw(b"another key of more than thirty-two bytes", GOOD, &said)),
        ("an empty key", raw(b"", GOOD, &said)),
        ("the key's text as the key", raw(text_key.as_bytes(), GOOD, &said)),
        (
            "a longer hash",
            jsonwebtoken::encode(&header(Algorithm::HS512, Some("at+jwt")), &claims, &self::key(&app)).unwrap(),
        ),
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
        ("all but a byte of a signature", format!("{}.{payload}.{}", parts[0], &signature[..42])),
        ("one other bit", format!("{}.{payload}.{flipped}{}", parts[0], &signature[1..])),
        ("a padded signature", format!("{}=", who.access)),
        ("two parts", format!("{}.{payload}", parts[0])),
        ("four parts", format!("{}.x", who.access)),
        ("five parts", format!("{}.x.x", who.access)),
        ("nothing", String::new()),
        ("dots", "..".to_owned()),
    ]);
    assert!(tokens.len() >= 30);
    assert_all_refused(&app, tokens).await;
}

#[tokio::test]
async fn a_token_of_100_kilobytes_is_neither_let_in_nor_believed() {
    let (app, who, claims) = start().await;
    let (key, long) = (secret(&app), "A".repeat(100 * 1024));
    let tokens: AccessTokens = app.ctx.shared_store.get().unwrap();
    assert!(tokens.read(&who.access, clock::now()).is_some());
    let large = [
        long.clone(),
        format!("{}{long}", who.access),
        raw(&key, GOOD, &with(&claims, "more", long.as_str()).to_string()),
        raw(&key, &format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{long}"}}"#), &claims.to_string()),
    ];
    for token in large {
        assert!(tokens.read(&token, clock::now()).is_none());
        assert_eq!(me(&app, &token).await.error_code(), "request_header_fields_too_large");
    }
}

#[tokio::test]
async fn a_token_holds_from_the_second_it_is_issued_to_the_one_it_runs_out() {
    let (app, who, claims) = start().await;
    let tokens: AccessTokens = app.ctx.shared_store.get().unwrap();
    let issued = DateTime::from_timestamp(claims["iat"].as_i64().unwrap(), 0).unwrap();
    for (seconds, holds) in [(-1, false), (0, true), (899, true), (900, false), (901, false)] {
        let read = tokens.read(&who.access, issued + Duration::seconds(seconds));
        assert_eq!(read.is_some(), holds, "after {seconds} s");
    }
}

#[tokio::test]
async fn claims_for_another_purpose_or_time_are_refused() {
    let (app, _, claims) = start().await;
    let issued = claims["iat"].as_i64().unwrap();
    let typed = |kind| jsonwebtoken::encode(&header(Algorithm::HS256, kind), &claims, &key(&app)).unwrap();
    let doubled = |name: &str, value: &str| {
        let first = format!(r#"{{"{name}":{value},"#);
        raw(&secret(&app), GOOD, &claims.to_string().replacen('{', &first, 1))
    };
    let mut tokens = vec![
        ("run out", signed(&app, &with(&claims, "exp", issued - 1))),
        ("run out this second", signed(&app, &with(&claims, "exp", issued))),
        ("not yet valid", signed(&app, &with(&claims, "nbf", issued + 600))),
        ("for another audience", signed(&app, &with(&claims, "aud", "another-api"))),
        ("for ours and another audience", signed(&app, &with(&claims, "aud", json!(["ballast-api", "another-api"])))),
        ("from another issuer", signed(&app, &with(&claims, "iss", "https://example.org"))),
        (
            "from ours and another issuer",
            signed(&app, &with(&claims, "iss", json!([claims["iss"], "https://example.org"]))),
        ),
        ("of another type", typed(Some("JWT"))),
        ("of a type in capitals", typed(Some("AT+JWT"))),
        ("of no type", typed(None)),
        ("with an exp that is no number", signed(&app, &with(&claims, "exp", "never"))),
        ("with an exp beyond all numbers", signed(&app, &with(&claims, "exp", 1e300))),
        ("with a sub that is no id", signed(&app, &with(&claims, "sub", "1"))),
        ("with a claim that we do not make", signed(&app, &with(&claims, "admin", true))),
        ("with two subs", doubled("sub", "\"0198c0de-0000-7000-8000-000000000000\"")),
        ("with two exps", doubled("exp", "9999999999")),
        ("with two auds", doubled("aud", "\"another-api\"")),
        ("with two sids", doubled("sid", "\"0198c0de-0000-7000-8000-000000000000\"")),
    ];
    for name in ["iss", "aud", "sub", "sid", "iat", "exp", "nbf", "jti"] {
        tokens.push((name, signed(&app, &without(&claims, name))));
    }
    assert_all_refused(&app, tokens).await;
}

/// Presents a token where tokens of a kind are taken.
async fn presented(app: &TestApp, place: &str, token: &str) -> Answer {
    match place {
        "access" => me(app, token).await,
        "refresh" => refresh(app, token).await,
        "reset" => ask(app, "reset", &json!({ "token": token, "password": "another horse battery" })).await,
        place => ask(app, place, &json!({ "token": token })).await,
    }
}

#[tokio::test]
async fn each_kind_of_token_passes_as_its_own_alone() {
    let app = TestApp::start().await;
    let who = app.sign_in("ada").await;
    let verify = app.last_mail().token();
    ask(&app, "forgot", &json!({ "email": "ada@example.org" })).await;
    let tokens =
        [("access", who.access), ("refresh", who.refresh), ("verify", verify), ("reset", app.last_mail().token())];
    for (place, _) in &tokens {
        for (kind, token) in tokens.iter().filter(|(kind, _)| kind != place) {
            let refused = presented(&app, place, token).await.error_code();
            let expected = if ["access", "refresh"].contains(place) { "unauthorized" } else { "validation_error" };
            assert_eq!(refused, expected, "{kind} as {place}");
        }
    }
    // None of that has cost a token its worth.
    for (kind, token) in &tokens {
        assert!(presented(&app, kind, token).await.status.is_success(), "{kind}");
    }
}

#[tokio::test]
async fn an_access_token_lives_a_quarter_of_an_hour_and_a_session_no_longer_than_a_month() {
    let (app, _, claims) = start().await;
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 15 * 60);
    let session = sessions::Entity::find().one(&app.db).await.unwrap().unwrap();
    let token = refresh_tokens::Entity::find().one(&app.db).await.unwrap().unwrap();
    assert_eq!((session.expires_at - session.created_at).num_seconds(), 30 * 86_400);
    assert_eq!((token.expires_at - token.created_at).num_seconds(), 14 * 86_400);
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
