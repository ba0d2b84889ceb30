//! Names of keys on the Redis server. The names reveal neither addresses nor accounts.

use hmac::{Hmac, Mac, digest::InvalidLength};
use sha2::Sha256;

use super::super::{LimitRequest, Policy};

/// Hash tag of all keys of this service.
///
/// A cluster stores all keys with one hash tag on one node. A script needs all keys of its call on one
/// node. One tag per address or account is not enough, because one account occurs together with many
/// addresses. All counts of a service are therefore on one node.
///
/// Another service on this Redis server has other keys, because the service hashes with another secret.
const HASH_TAG: &str = "{ballast-limits}";

/// Names keys with a secret that all processes of the service share.
pub struct Keys(Hmac<Sha256>);

impl Keys {
    pub fn new(secret: &[u8]) -> Result<Self, InvalidLength> {
        Hmac::new_from_slice(secret).map(Self)
    }

    /// Hashes a policy and a key with the secret, because an attacker could otherwise try all account names.
    pub fn hash(&self, request: &LimitRequest<'_>) -> u128 {
        let mut mac = self.0.clone();
        mac.update(b"rate limit");
        mac.update(&request.policy.policy_hash().to_le_bytes());
        mac.update(request.key.as_bytes());
        let mut truncated = [0; 16];
        truncated.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        u128::from_le_bytes(truncated)
    }

    pub fn name(policy: &Policy, hash: u128) -> String {
        format!("{HASH_TAG}:{}:{hash:032x}", policy.name())
    }
}
