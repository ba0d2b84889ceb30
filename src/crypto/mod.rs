//! Cryptography: derived keys, secret tokens, hashes and signed tokens.

pub mod access_tokens;
pub mod csrf_tokens;
pub mod derived_key;
mod jwt_provider;
pub mod secret_token;
pub mod sha256;
