//! Keys that are derived from the secret, hashes, and signed tokens.

pub mod access_tokens;
pub mod derived_key;
pub mod sha256;
