//! Signs and verifies access tokens (JWT).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::jwt_provider;

/// Header field `typ` of an access token (RFC 9068 section 2.1). Tokens with another `typ` are rejected.
const TYPE: &str = "at+jwt";
const AUDIENCE: &str = "ballast-api";

/// Claims of an access token (RFC 9068 section 2.2). A token with any other claim is rejected.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    iss: String,
    aud: String,
    /// Public ID of the user.
    pub sub: Uuid,
    /// Public ID of the session. The token is invalid if the session has ended.
    pub sid: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: Uuid,
}

/// Signs and verifies access tokens with one key and one algorithm. Clones share the key.
#[derive(Clone)]
pub struct AccessTokens(Arc<Keys>);

struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    /// Header of all tokens.
    header: Header,
    issuer: String,
    seconds: i64,
}

impl AccessTokens {
    /// Creates the keys from the base64-encoded secret. `issuer` is the public URL of the application, and `seconds` is
    /// the lifetime of a token.
    ///
    /// # Errors
    /// Returns an error if the secret is not base64.
    pub fn new(secret: &str, issuer: &str, seconds: u64) -> Result<Self, jsonwebtoken::errors::Error> {
        jwt_provider::install();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        // Disables these checks, because `read` compares `exp` and `nbf` with the time that the caller passes.
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

    /// Returns the lifetime of a token in seconds.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.0.seconds
    }

    /// Returns a signed token for a session of a user.
    ///
    /// # Errors
    /// Returns an error if signing fails, which does not happen with a valid key.
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

    /// Returns the claims of a token, or `None` if the token is invalid. A token is valid from `nbf` until before
    /// `exp`.
    ///
    /// Rejects a token whose header differs from the header that `sign` writes, for example a header with `jku`, `jwk`,
    /// `kid` or `crit`.
    #[must_use]
    pub fn read(&self, token: &str, now: DateTime<Utc>) -> Option<Claims> {
        let data = jsonwebtoken::decode::<Claims>(token, &self.0.decoding, &self.0.validation).ok()?;
        let is_current = (data.claims.nbf..data.claims.exp).contains(&now.timestamp());
        (is_current && data.header == self.0.header).then_some(data.claims)
    }
}
