//! Access tokens: what is signed into them, and what a token must say to be believed.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The `typ` of the header (RFC 9068 section 2.1), so that no other kind of token passes as one.
const TYPE: &str = "at+jwt";
const AUDIENCE: &str = "ballast-api";

/// What an access token says (RFC 9068 section 2.2).
#[derive(Debug, Clone, Serialize, Deserialize)]
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
        validation.validate_nbf = true;
        validation.leeway = 0;
        Ok(Self(Arc::new(Keys {
            encoding: EncodingKey::from_base64_secret(secret)?,
            decoding: DecodingKey::from_base64_secret(secret)?,
            validation,
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
        let header = Header { typ: Some(TYPE.to_owned()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, &self.0.encoding)
    }

    /// What a token says, if it is one of ours and of now.
    #[must_use]
    pub fn read(&self, token: &str) -> Option<Claims> {
        let data = jsonwebtoken::decode::<Claims>(token, &self.0.decoding, &self.0.validation).ok()?;
        (data.header.typ.as_deref() == Some(TYPE)).then_some(data.claims)
    }
}
