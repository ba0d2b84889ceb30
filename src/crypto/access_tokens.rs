//! Access tokens: what is signed into them, and what a token must say to be believed.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The `typ` of the header (RFC 9068 section 2.1), so that no other kind of token passes as one.
const TYPE: &str = "at+jwt";
const AUDIENCE: &str = "ballast-api";

/// What an access token says (RFC 9068 section 2.2), and all that it may say.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    iss: String,
    aud: String,
    /// The user's public id.
    pub sub: Uuid,
    /// The session's public id: its row decides whether the token still holds.
    pub sid: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: Uuid,
}

/// Signs and reads access tokens with one key and one algorithm.
#[derive(Clone)]
pub struct AccessTokens(Arc<Keys>);

struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    /// The one header that tokens have.
    header: Header,
    issuer: String,
    seconds: i64,
}

impl AccessTokens {
    /// Takes the base64 of the secret, the public address that issues, and the seconds a token lives.
    ///
    /// # Errors
    /// When the secret is not base64.
    pub fn new(secret: &str, issuer: &str, seconds: u64) -> Result<Self, jsonwebtoken::errors::Error> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        // Held against the caller's time, below.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Ok(Self(Arc::new(Keys {
            encoding: EncodingKey::from_base64_secret(secret)?,
            decoding: DecodingKey::from_base64_secret(secret)?,
            validation,
            header: Header { typ: Some(TYPE.to_owned()), ..Header::new(Algorithm::HS256) },
            issuer: issuer.to_owned(),
            seconds: i64::try_from(seconds).unwrap_or(i64::MAX),
        })))
    }

    /// Seconds a token lives.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.0.seconds
    }

    /// A token for a user's session.
    ///
    /// # Errors
    /// When signing fails, which a sound key does not.
    pub fn sign(&self, user: Uuid, session: Uuid, now: DateTime<Utc>) -> Result<String, jsonwebtoken::errors::Error> {
        let issued = now.timestamp();
        let claims = Claims {
            iss: self.0.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: user,
            sid: session,
            iat: issued,
            nbf: issued,
            exp: issued + self.0.seconds,
            jti: Uuid::now_v7(),
        };
        jsonwebtoken::encode(&self.0.header, &claims, &self.0.encoding)
    }

    /// What a token says, if it is one of ours and of this time: from `nbf` on and before `exp`.
    ///
    /// Its header must be ours, member by member: nothing in it is followed (`jku`, `jwk`, `kid`, `x5u`),
    /// and what it calls critical is never there.
    #[must_use]
    pub fn read(&self, token: &str, now: DateTime<Utc>) -> Option<Claims> {
        let data = jsonwebtoken::decode::<Claims>(token, &self.0.decoding, &self.0.validation).ok()?;
        let of_now = (data.claims.nbf..data.claims.exp).contains(&now.timestamp());
        (of_now && data.header == self.0.header).then_some(data.claims)
    }
}
